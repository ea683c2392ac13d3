/* libwidget.so.1, the library of the other tree that the program wants. */
#include <stdio.h>

int dep_version(void);
const char *dep_new(void);

void widget_draw(void)
{
    printf("widget: my libdep is version %d, it works %s\n", dep_version(), dep_new());
}
