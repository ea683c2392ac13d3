#!/bin/bash
# C++ exceptions leave an isolated capsule and enter it, through frames of either side whose
# destructors run, and are caught by their standard types; a thread that ends by pthread_exit unwinds
# frames of both sides.
. "${0%/*}/isolated.bash"

inside c++ <<'END_OF_SOURCE'
#include <cstring>
#include <pthread.h>
#include <stdexcept>
#include <string>
static int destroyed;
struct Guard { ~Guard() { destroyed++; } };
extern "C" {
int count() { return destroyed; }
void fails(const char *text) { Guard guard; throw std::runtime_error(std::string("inside ") + text); }
void fails_with_number() { throw 42; }
void calls(void (*function)()) { Guard guard; function(); }
int catches(void (*function)()) {
  try { Guard guard; function(); } catch (const std::exception &e) { return (int)std::strlen(e.what()); }
  return -1;
}
void rethrows(void (*function)()) { try { function(); } catch (...) { Guard guard; throw; } }
}
END_OF_SOURCE
outside c++ <<'END_OF_SOURCE'
#include "begin.h"
#include <pthread.h>
#include <stdexcept>
extern "C" {
int count(), catches(void (*)());
void fails(const char *), fails_with_number(), calls(void (*)()), rethrows(void (*)());
}
static int destroyed;
struct Guard { ~Guard() { destroyed++; } };
static void outer() { Guard guard; throw std::out_of_range("outside"); }
static void leaves() { Guard guard; pthread_exit((void *)7); }
static void *start(void *) { INSIDE(calls, leaves); return NULL; }
int main(int count_, char **arguments) {
  begin(arguments);
  if (count_ > 2) {  // only within one side, which works anyhow
    printf("%d\n", INSIDE(count));
    return 0;
  }
  int caught_inside = 0;
  for (int i = 0; i < 100; i++) {
    try { INSIDE(fails, "text"); } catch (const std::runtime_error &e) { if (i == 99) CLAIM("thrown inside", "%s", e.what()); }
    try { INSIDE(fails_with_number); } catch (int n) { if (i == 99) CLAIM("thrown inside, a number", "%d", n); }
    try { INSIDE(calls, outer); } catch (const std::out_of_range &e) { if (i == 99) CLAIM("thrown outside, through the capsule", "%s", e.what()); }
    caught_inside += INSIDE(catches, outer) == 7;
    try { INSIDE(rethrows, outer); } catch (const std::logic_error &e) { if (i == 99) CLAIM("thrown outside, rethrown inside", "%s", e.what()); }
  }
  CLAIM("thrown outside, caught inside", "%d times", caught_inside);
  pthread_t t;
  void *result;
  pthread_create(&t, NULL, start, NULL);
  pthread_join(t, &result);
  CLAIM("pthread_exit through both", "%d", (int)(long)result);
  CLAIM("objects destroyed inside", "%d", INSIDE(count));
  CLAIM("objects destroyed outside", "%d", destroyed);
}
END_OF_SOURCE
isolation_makes_true <<'END'
thrown inside                       => inside text
thrown inside, a number             => 42
thrown outside, through the capsule => outside
thrown outside, rethrown inside     => outside
thrown outside, caught inside       => 100 times
pthread_exit through both           => 7
objects destroyed inside            => 401
objects destroyed outside           => 301
END
