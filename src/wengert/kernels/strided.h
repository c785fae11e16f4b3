/* A view of an array's memory under another shape and other steps. */
#ifndef WENGERT_STRIDED_H
#define WENGERT_STRIDED_H

#include <Python.h>
#include <numpy/arrayobject.h>

static PyObject *wengert_view(PyObject *x, int dimensions, npy_intp *shape, npy_intp *steps, npy_intp offset)
{
    PyArrayObject *array = (PyArrayObject *)x;
    PyArray_Descr *type = PyArray_DESCR(array);
    PyObject *view;
    Py_INCREF(type); /* taken by the call below */
    view = PyArray_NewFromDescr(
        &PyArray_Type, type, dimensions, shape, steps, PyArray_BYTES(array) + offset,
        PyArray_FLAGS(array) & NPY_ARRAY_WRITEABLE, NULL);
    if (view == NULL)
        return NULL;
    Py_INCREF(x); /* taken by the call below, which also collapses chains of views to their owner */
    if (PyArray_SetBaseObject((PyArrayObject *)view, x) < 0) {
        Py_DECREF(view);
        return NULL;
    }
    return view;
}

#endif
