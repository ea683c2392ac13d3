// The exposed library of the call measurements.
void bench_callee(void);
void bench_callee(void) {}
