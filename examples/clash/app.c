/* The program: it needs libdep of its own system, and libwidget. */
#include <stdio.h>

int dep_version(void);
const char *dep_old(void);
void widget_draw(void);

int main(void)
{
    printf("app:    my libdep is version %d, it works %s\n", dep_version(), dep_old());
    widget_draw();
    return 0;
}
