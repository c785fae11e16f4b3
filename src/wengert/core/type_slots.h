/* What Cython's class syntax cannot say about a type: vectorcall, methods found by declaration, an instance dictionary
 * that is made only when somebody sets an attribute. Each function is called once, right after the type exists. */
#ifndef WENGERT_TYPE_SLOTS_H
#define WENGERT_TYPE_SLOTS_H

#include <Python.h>
#include <stddef.h>

typedef PyObject *(*wengert_vectorcall)(PyObject *, PyObject *const *, size_t, PyObject *);

/* Instances are called through the function pointer at `offset`, and behave as methods when found on a class. */
static void wengert_enable_vectorcall(PyObject *type_object, Py_ssize_t offset)
{
    PyTypeObject *type = (PyTypeObject *)type_object;
    type->tp_vectorcall_offset = offset;
    type->tp_call = PyVectorcall_Call;
    type->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR;
    PyType_Modified(type);
}

/* Calls a callable with arguments from a C array. */
static inline PyObject *wengert_call(PyObject *callable, PyObject **arguments, size_t count)
{
    if (callable == NULL) {
        PyErr_SetString(PyExc_TypeError, "no operation is bound to this operator of Tensor");
        return NULL;
    }
    return PyObject_Vectorcall(callable, arguments, count, NULL);
}

/* The entries of operations and of their in-place forms, and what looks at an error that leaves them: given in
 * `operation.py`. A call that succeeds only pays for the jump. */
typedef PyObject *(*wengert_explanation)(PyObject *, PyObject *const *, size_t, PyObject *);
static wengert_vectorcall wengert_operation_entry;
static wengert_vectorcall wengert_in_place_entry;
static wengert_explanation wengert_explain;

static PyObject *wengert_enter_operation(PyObject *callable, PyObject *const *arguments, size_t nargsf, PyObject *names)
{
    PyObject *result = wengert_operation_entry(callable, arguments, nargsf, names);
    return result != NULL ? result : wengert_explain(callable, arguments, nargsf, names);
}

static PyObject *wengert_enter_in_place(PyObject *callable, PyObject *const *arguments, size_t nargsf, PyObject *names)
{
    PyObject *result = wengert_in_place_entry(callable, arguments, nargsf, names);
    return result != NULL ? result : wengert_explain(callable, arguments, nargsf, names);
}

/* Fails with the error that is set already: what a `try` around it catches. */
static inline int wengert_raise_again(void)
{
    return -1;
}

static inline size_t wengert_count(size_t nargsf)
{
    return (size_t)PyVectorcall_NARGS(nargsf);
}

/* The items of a tuple as a C array. */
static inline PyObject **wengert_items(PyObject *tuple)
{
    return ((PyTupleObject *)tuple)->ob_item;
}

/* Puts an attribute on a type that Python code may not change. */
static int wengert_set_on_type(PyObject *type_object, PyObject *name, PyObject *value)
{
    PyTypeObject *type = (PyTypeObject *)type_object;
    int result = PyDict_SetItem(type->tp_dict, name, value);
    PyType_Modified(type);
    return result;
}

static traverseproc wengert_dict_base_traverse;
static inquiry wengert_dict_base_clear;
static Py_ssize_t wengert_dict_offset;

static inline PyObject **wengert_dict_slot(PyObject *object)
{
    return (PyObject **)((char *)object + wengert_dict_offset);
}

static int wengert_dict_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(*wengert_dict_slot(object));
    return wengert_dict_base_traverse(object, visit, arg);
}

static int wengert_dict_clear(PyObject *object)
{
    Py_CLEAR(*wengert_dict_slot(object));
    return wengert_dict_base_clear(object);
}

static PyGetSetDef wengert_dict_getset = {
    "__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL,
};

/* Gives instances of one type a lazily made __dict__ at `offset` (a PyObject * that starts as NULL). */
static int wengert_enable_instance_dict(PyObject *type_object, Py_ssize_t offset)
{
    PyTypeObject *type = (PyTypeObject *)type_object;
    PyObject *descriptor;
    int result;
    wengert_dict_offset = offset;
    wengert_dict_base_traverse = type->tp_traverse;
    wengert_dict_base_clear = type->tp_clear;
    type->tp_dictoffset = offset;
    type->tp_traverse = wengert_dict_traverse;
    type->tp_clear = wengert_dict_clear;
    descriptor = PyDescr_NewGetSet(type, &wengert_dict_getset);
    if (descriptor == NULL)
        return -1;
    result = PyDict_SetItemString(type->tp_dict, "__dict__", descriptor);
    Py_DECREF(descriptor);
    PyType_Modified(type);
    return result;
}

#endif
