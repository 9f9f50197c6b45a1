/* gradtape: tape-based automatic differentiation in C. Everything public. */
#ifndef GRADTAPE_H
#define GRADTAPE_H

#include "core/error.h"
#include "core/shape.h"
#include "core/memory.h"
#include "core/device.h"
#include "core/isa.h"
#include "core/threads.h"
#include "core/random.h"
#include "core/tensor.h"
#include "core/tape.h"
#include "core/capture.h"
#include "core/op.h"
#include "core/gradcheck.h"
#include "core/profile.h"
#include "ops/ops.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "models/layer.h"
#include "models/callback.h"
#include "models/model.h"
#include "models/metric.h"
#include "models/data.h"
#include "models/archive.h"
#include "models/saving.h"
#include "models/version.h"

#endif
