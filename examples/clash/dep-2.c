/* libdep.so.1 as the other tree has it: dep_old() is gone, dep_new() came, and
   the name of the file is still the same. */
int dep_version(void)
{
    return 2;
}

const char *dep_new(void)
{
    return "the new way";
}
