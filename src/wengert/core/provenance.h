/* The user's line, read from the interpreter's own frames.
 *
 * wengert_locate finds the innermost frame whose code does not belong to the package, and gives its code object (a new
 * reference) and the byte offset of the instruction it is executing. No frame object is made and none is kept: a frame
 * would keep every local variable of the user's function alive.
 *
 * Interpreters whose frame layout is not known here take the portable branch, which does make frame objects.
 */
#ifndef WENGERT_PROVENANCE_H
#define WENGERT_PROVENANCE_H

#include <Python.h>
#include <string.h>

static char wengert_package_prefix[4096];
static Py_ssize_t wengert_package_prefix_length = 0;

static int wengert_set_package_prefix(const char *prefix)
{
    size_t length = strlen(prefix);
    if (length >= sizeof(wengert_package_prefix))
        return -1;
    memcpy(wengert_package_prefix, prefix, length + 1);
    wengert_package_prefix_length = (Py_ssize_t)length;
    return 0;
}

/* Whether the code is the package's own. File names are compared as memory: a name that is not ASCII is stored in
 * another width and is then compared through its UTF-8 form, which the string object caches. */
static inline int wengert_is_internal(PyCodeObject *code)
{
    PyObject *name = code->co_filename;
    Py_ssize_t length;
    const char *text;
    if (wengert_package_prefix_length == 0)
        return 0;
    if (PyUnicode_IS_COMPACT_ASCII(name)) {
        text = (const char *)PyUnicode_1BYTE_DATA(name);
        length = PyUnicode_GET_LENGTH(name);
    } else {
        text = PyUnicode_AsUTF8AndSize(name, &length);
        if (text == NULL) {
            PyErr_Clear();
            return 0;
        }
    }
    return length > wengert_package_prefix_length
        && memcmp(text, wengert_package_prefix, wengert_package_prefix_length) == 0;
}

#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030F0000 && !defined(PYPY_VERSION) && !defined(Py_GIL_DISABLED) \
    && !defined(WENGERT_PORTABLE_FRAMES)
#define WENGERT_KNOWS_FRAMES 1
#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#define WENGERT_UNDEFINE_BUILD_CORE 1
#endif
#if PY_VERSION_HEX >= 0x030E0000
#include "internal/pycore_interpframe.h"
#else
#include "internal/pycore_frame.h"
#endif
#ifdef WENGERT_UNDEFINE_BUILD_CORE
#undef Py_BUILD_CORE
#endif
#endif

static PyObject *wengert_locate(int *offset)
{
#ifdef WENGERT_KNOWS_FRAMES
    PyThreadState *thread = PyThreadState_Get();
    struct _PyInterpreterFrame *frame;
#if PY_VERSION_HEX >= 0x030D0000
    frame = thread->current_frame;
#else
    frame = thread->cframe->current_frame;
#endif
    for (; frame != NULL; frame = frame->previous) {
        PyCodeObject *code;
#if PY_VERSION_HEX >= 0x030E0000
        PyObject *executable = PyStackRef_AsPyObjectBorrow(frame->f_executable);
        if (executable == NULL || !PyCode_Check(executable) || frame->owner >= FRAME_OWNED_BY_INTERPRETER)
            continue;
        code = (PyCodeObject *)executable;
#elif PY_VERSION_HEX >= 0x030D0000
        if (frame->f_executable == NULL || !PyCode_Check(frame->f_executable) || frame->owner == FRAME_OWNED_BY_CSTACK)
            continue;
        code = (PyCodeObject *)frame->f_executable;
#elif PY_VERSION_HEX >= 0x030C0000
        if (frame->f_code == NULL || frame->owner == FRAME_OWNED_BY_CSTACK)
            continue;
        code = (PyCodeObject *)frame->f_code;
#else
        code = frame->f_code;
#endif
        if (_PyFrame_IsIncomplete(frame))
            continue;
        if (wengert_is_internal(code))
            continue;
#if PY_VERSION_HEX >= 0x030C0000
        *offset = PyUnstable_InterpreterFrame_GetLasti(frame);
#else
        *offset = _PyInterpreterFrame_LASTI(frame) * (int)sizeof(_Py_CODEUNIT);
#endif
        return Py_NewRef((PyObject *)code);
    }
#else
    PyFrameObject *frame = PyEval_GetFrame();
    Py_XINCREF(frame);
    while (frame != NULL) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        PyFrameObject *back;
        if (!wengert_is_internal(code)) {
            *offset = PyFrame_GetLasti(frame);
            Py_DECREF(frame);
            return (PyObject *)code;
        }
        Py_DECREF(code);
        back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
#endif
    *offset = -1;
    return Py_NewRef(Py_None);
}

#endif
