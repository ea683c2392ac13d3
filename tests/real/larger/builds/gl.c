/* Draws a coloured triangle where there is no window, and reads it back. */
#include <stdio.h>

void *XOpenDisplay(const char *name);
int XDefaultScreen(void *display);
int XFree(void *data);
int XCloseDisplay(void *display);
void **glXChooseFBConfig(void *display, int screen, const int *attributes, int *count);
unsigned long glXCreatePbuffer(void *display, void *config, const int *attributes);
void *glXCreateNewContext(void *display, void *config, int type, void *share, int direct);
int glXMakeContextCurrent(void *display, unsigned long draw, unsigned long read, void *context);
void glXDestroyContext(void *display, void *context);
const unsigned char *glGetString(unsigned name);
void glClearColor(float red, float green, float blue, float alpha);
void glClear(unsigned mask);
void glColor3f(float red, float green, float blue);
void glBegin(unsigned mode);
void glVertex2f(float x, float y);
void glEnd(void);
void glReadPixels(int x, int y, int width, int height, unsigned format, unsigned type, void *to);

enum { GLX_DRAWABLE_TYPE = 0x8010, GLX_PBUFFER_BIT = 4, GLX_PBUFFER_HEIGHT = 0x8040, GLX_PBUFFER_WIDTH = 0x8041 };
enum { GLX_RGBA_TYPE = 0x8014, GL_VERSION = 0x1f02, GL_COLOR_BUFFER_BIT = 0x4000, GL_TRIANGLES = 4 };
enum { GL_RGBA = 0x1908, GL_UNSIGNED_BYTE = 0x1401 };

static void (*vertex)(float, float) = glVertex2f;

void *ADDRESS(void)
{
    return (void *)vertex;
}

void WORK(void)
{
    const int wanted[] = {GLX_DRAWABLE_TYPE, GLX_PBUFFER_BIT, 0};
    const int size[] = {GLX_PBUFFER_WIDTH, 64, GLX_PBUFFER_HEIGHT, 64, 0};
    unsigned char outside[4] = {0}, inside[4] = {0};
    int count = 0;
    void *display = XOpenDisplay(NULL);
    void **configs = display != NULL ? glXChooseFBConfig(display, XDefaultScreen(display), wanted, &count) : NULL;
    if (count == 0) {
        puts("no display or no configuration");
        return;
    }
    unsigned long buffer = glXCreatePbuffer(display, configs[0], size);
    void *context = glXCreateNewContext(display, configs[0], GLX_RGBA_TYPE, NULL, 1);
    glXMakeContextCurrent(display, buffer, buffer, context);
    glClearColor(0, 0, 1, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    glColor3f(1, 0.5f, 0);
    glBegin(GL_TRIANGLES);
    vertex(-1, -1);
    vertex(1, -1);
    vertex(-1, 1);
    glEnd();
    glReadPixels(60, 60, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, outside);
    glReadPixels(4, 4, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, inside);
    printf("%s: outside %u %u %u, inside %u %u %u\n", (const char *)glGetString(GL_VERSION), outside[0], outside[1],
           outside[2], inside[0], inside[1], inside[2]);
    glXMakeContextCurrent(display, 0, 0, NULL);
    glXDestroyContext(display, context);
    XFree(configs);
    XCloseDisplay(display);
}
