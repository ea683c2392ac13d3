/* A program that uses a library itself and through a library of its own, libown.so. Each of the other files here is compiled
   into both: as main_work and main_address, and as own_work and own_address. */
#include <stdio.h>

void main_work(void);
void own_work(void);
void *main_address(void);
void *own_address(void);

int main(void)
{
    main_work();
    own_work();
    puts(main_address() == own_address() ? "one address for each function" : "two addresses for a function");
    return 0;
}
