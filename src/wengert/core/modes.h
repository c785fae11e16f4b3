/* What a thread is doing: the grad mode, inference mode, the module path, and whether a derivative is being made. */
#ifndef WENGERT_MODES_H
#define WENGERT_MODES_H

#include <Python.h>

typedef struct {
    int grad_enabled;        /* operations are recorded: wanted, and not in inference mode */
    int grad_wanted;         /* what no_grad and enable_grad have set */
    int inference;           /* new tensors are inference tensors */
    int saved_hooks;         /* depth of saved-tensor hooks; 0 skips the whole feature */
    int origin_offset;       /* with origin_code: where nodes made now are said to come from */
    PyObject *origin_code;   /* NULL, or the code object of the forward operation being differentiated */
    PyObject *scope;         /* NULL, or the module path that is running */
    PyObject *walk;          /* NULL, or the backward pass that is running, whose caller owns it */
    int depth;               /* how many backward passes run inside one another on this thread's stack */
    int unpacked;            /* values that saved-tensor hooks brought back are held for the node that is running */
    int transform;           /* 0, or the number of the innermost derivative transform (`func.grad`, `func.jvp`) */
} WengertModes;

static __thread WengertModes wengert_modes_of_thread = {1, 1, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0};

static inline WengertModes *wengert_modes(void)
{
    return &wengert_modes_of_thread;
}

#endif
