#include "cdpdk.h"

char cdpdk_thread_end;
