#include "cdpdk.h"

char cdpdk_thread_end;
int cdpdk_node = SOCKET_ID_ANY;
