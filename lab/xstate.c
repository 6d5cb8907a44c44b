/* Copyright: (c) 2026, linuxvirtualserver.lvs contributors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Put before libc (LD_PRELOAD) for a User-mode Linux that runs its processes by ptrace.
 *
 * Such a kernel keeps a process's extended registers in a buffer of its own time's size. A CPU with AMX has 8 KiB more of
 * them, and the host takes a set of registers (PTRACE_SETREGSET, NT_X86_XSTATE) only whole: the guest's first process
 * ends with EFAULT, in put_fp_registers. Here what the old kernel knows is laid over what the host says there is.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LARGEST = 65536 };

static long set_extended(long pid, const struct iovec *known)
{
    static char registers[LARGEST] __attribute__((aligned(64)));
    struct iovec whole = {registers, sizeof registers};

    if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &whole) < 0)
        return -1;
    memcpy(registers, known->iov_base, known->iov_len < whole.iov_len ? known->iov_len : whole.iov_len);
    return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &whole);
}

/* libc returns the word that PEEK reads; the system call itself stores it. */
static long peek(long request, long pid, long address)
{
    long word;

    if (syscall(SYS_ptrace, request, pid, address, &word) < 0)
        return -1;
    errno = 0;
    return word;
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list arguments;

    va_start(arguments, request);
    long pid = va_arg(arguments, int);
    long address = va_arg(arguments, long);
    void *data = va_arg(arguments, void *);
    va_end(arguments);
    if (request == PTRACE_SETREGSET && address == NT_X86_XSTATE)
        return set_extended(pid, data);
    if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER)
        return peek(request, pid, address);
    return syscall(SYS_ptrace, request, pid, address, data);
}
