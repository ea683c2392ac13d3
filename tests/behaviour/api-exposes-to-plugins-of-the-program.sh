#!/bin/bash
# What a capsule exposes is what the program's dlopen of that name gives, and what plugins that the program opens
# afterwards are bound to; one object for each variable, one address for each function. What is loaded already is a
# conflict, and the next capsule is another's.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

module libwidget.so.1 <<<'int widget(void) { return 1; } int widget_state = 1;'
library libbelow.so.1 <<<'int below(void) { return 20; }'
library libwidget.so.1 "$libs/libbelow.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
int below(void);
int widget(void) { return below() + 2; }
int widget_state = 2;
int *widget_address(void) { return &widget_state; }
EOF
module libplugin.so.1 "$host/libwidget.so.1" "-Wl,-rpath,$host" <<'EOF'
int widget(void);
extern int widget_state;
int plugin(void) { return widget(); }
int plugin_state(void) { return widget_state; }
void *plugin_function(void) { return (void *)widget; }
int *plugin_address(void) { return &widget_state; }
EOF

caller program <<'EOF'
#include "api-calls.h"
#include "claims.h"
#define CALL(type, handle, name) ((type(*)(void))dlsym(handle, name))()
int main(int count, char **arguments) {
  bh_capsule *capsule = capsule_with(OPTIONS(.tree = arguments[1], .expose = NAMES("libwidget.so.1")));
  void *plugin = dlopen(arguments[2], RTLD_NOW);
  if (!plugin) return puts(dlerror());
  CLAIM("a function, by a plugin", "%d", CALL(int, plugin, "plugin"));
  CLAIM("a variable, by a plugin", "%d", CALL(int, plugin, "plugin_state"));
  bh_library *widget = library_in(capsule, "libwidget.so.1");
  HOLDS("one address of the variable", CALL(int *, plugin, "plugin_address") == symbol_of(widget, "widget_state"));
  HOLDS("one address of the function", CALL(void *, plugin, "plugin_function") == symbol_of(widget, "widget"));
  *CALL(int *, plugin, "plugin_address") = 30;
  CLAIM("set by a plugin, seen inside", "%d", *((int *(*)(void))symbol_of(widget, "widget_address"))());

  void *opened = dlopen("libwidget.so.1", RTLD_NOW);
  if (!opened) return puts(dlerror());
  CLAIM("dlopen by name", "%d", CALL(int, opened, "widget"));
  HOLDS("dlopen by name, one address", dlsym(opened, "widget") == symbol_of(widget, "widget"));
  HOLDS("what is private is not seen", dlsym(RTLD_DEFAULT, "below") == 0);

  // The same again: nothing new.
  HOLDS("the same again, the same capsule", capsule_with(OPTIONS(.tree = arguments[1], .expose = NAMES("libwidget.so.1"))) == capsule);
  bh_capsule *other;
  bh_error *error = 0;
  bh_code code = bh_capsule_open(OPTIONS(.tree = arguments[1], .name = "2", .expose = NAMES("libwidget.so.1")), &other, &error);
  HOLDS("another capsule's of that name is a conflict", code == BH_CONFLICT);
  CLAIM("which says", "%s", strstr(bh_error_text(error), "loaded already") ? "loaded already" : bh_error_text(error));
}
EOF
claims ./program "$tree" "$host/libplugin.so.1" <<'END'
a function, by a plugin                      => 22
a variable, by a plugin                      => 2
one address of the variable                  => yes
one address of the function                  => yes
set by a plugin, seen inside                 => 30
dlopen by name                               => 22
dlopen by name, one address                  => yes
what is private is not seen                  => yes
the same again, the same capsule             => yes
another capsule's of that name is a conflict => yes
which says                                   => loaded already
END

# The program's own is loaded.
caller late "$host/libwidget.so.1" "-Wl,-rpath,$host" -Wl,--no-as-needed <<'EOF'
#include "api-calls.h"
#include "claims.h"
int widget(void);
int main(int count, char **arguments) {
  bh_capsule *capsule;
  bh_error *error = 0;
  CLAIM("the program's own", "%d", widget());
  bh_code code = bh_capsule_open(OPTIONS(.tree = arguments[1], .expose = NAMES("libwidget.so.1")), &capsule, &error);
  HOLDS("exposing it is a conflict that names it", code == BH_CONFLICT && strstr(bh_error_text(error), "libwidget.so.1"));
  // Without, its own copy is as private as any.
  CLAIM("the capsule's own", "%d", call(library_in(capsule_with(OPTIONS(.tree = arguments[1])), "libwidget.so.1"), "widget"));
  CLAIM("the program's own afterwards", "%d", widget());
}
EOF
claims ./late "$tree" <<'END'
the program's own                       => 1
exposing it is a conflict that names it => yes
the capsule's own                       => 22
the program's own afterwards            => 1
END
