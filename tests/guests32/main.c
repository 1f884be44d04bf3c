#include "lib.h"
void vcpu_main(u32 arg) { (void)arg; shut_down(3); }
