/* libdep.so.1 as this system has it: the program needs dep_old(). */
int dep_version(void)
{
    return 1;
}

const char *dep_old(void)
{
    return "the old way";
}
