#include "cimb.h"
