/* module.c — the module object: its functions, and its state. */
#include "module.h"

#include <shm/status.h>

static int module_exec(PyObject *module)
{
    shm_py_state *state = PyModule_GetState(module);
    state->module = module;
    if (PyModule_AddStringConstant(module, "version", shm_version()) != 0)
        return -1;
    return PyModule_AddStringConstant(module, "format_version", shm_format_version());
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, (void *)module_exec},
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "libshm._libshm",
    .m_size = sizeof(shm_py_state),
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__libshm(void);

PyMODINIT_FUNC PyInit__libshm(void)
{
    return PyModuleDef_Init(&module_definition);
}
