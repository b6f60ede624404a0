// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Types written in Java for processes, signals, memory, futexes, time, poll, select and epoll. */
final class ProcessTypes {
  private ProcessTypes() {}

  static @Nullable Type create(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    Abi abi = compiler.abi();
    switch (name) {
      case "argv":
        return new ExecTypes.Argv(abi);
      case "envp":
        return new ExecTypes.Envp(abi);
      case "sigset":
        return new SignalTypes.Sigset(
            abi, env.ref(params[0]), params.length > 1 ? 1 : abi.wordSize(), 8, direction);
      case "sigaction":
        return new SignalTypes.Sigaction(abi, false, direction);
      case "siginfo":
        return new Siginfo(abi, direction);
      case "old_sigset":
        return new SignalTypes.Sigset(abi, Ref.constant(4), 4, 4, direction);
      case "old_sigset_value":
        return new SignalTypes.SigsetInPlace(abi, 4);
      case "old_sigaction":
        return new SignalTypes.Sigaction(abi, true, direction);
      case "sighandler":
        return new SignalTypes.Handler(abi);
      case "sigreturn_mask":
        return new SignalTypes.SigreturnMask(abi, params.length > 0);
      case "wait_status":
        return new WaitStatusType(abi, direction);
      case "clone_flags":
        return new SetType(
            abi,
            Sets.get("clone_flags"),
            true,
            new ScalarSpec(abi.wordSize(), false, Value.Base.HEX),
            Value.Base.HEX);
      case "clone_args":
        return new CloneTypes.CloneArgs(abi, env.ref(params[0]));
      case "pollfds":
        return new PollTypes.Pollfds(abi, env.ref(params[0]));
      case "fdset":
        return new PollTypes.FdSet(abi, env.ref(params[0]));
      case "poll_ret":
        return new PollTypes.PollResult(abi, env.ref(params[0]), env.ref(params[1]), null);
      case "ppoll_ret":
        return new PollTypes.PollResult(
            abi,
            env.ref(params[0]),
            env.ref(params[1]),
            timeLeft(compiler, env, params[2], params[3]));
      case "select_ret":
        return new PollTypes.SelectResult(
            abi,
            env.ref(params[0]),
            new Ref[] {env.ref(params[1]), env.ref(params[2]), env.ref(params[3])},
            timeLeft(compiler, env, params[4], params[5]));
      case "pselect6_sig":
        return new PollTypes.SigsetArgument(abi);
      case "restart_timespec":
        return new SchedTypes.RestartTime(
            abi, compiler.requireStruct("timespec"), flags(params, env));
      case "restart_timespec64":
        return new SchedTypes.RestartTime(
            abi, compiler.requireStruct("timespec64"), flags(params, env));
      case "cpuset":
        return new SchedTypes.CpuSet(abi, env.ref(params[0]), direction);
      case "sigevent":
        return new TimerTypes.Sigevent(abi, direction);
      case "interrupted_call":
        return new TimerTypes.InterruptedCall(abi);
      case "cap_header":
        return new CredentialTypes.CapHeader(abi);
      case "cap_data":
        return new CredentialTypes.CapData(abi, env.ref(params[0]), direction);
      case "sched_attr":
        return new SchedTypes.SchedAttr(
            abi, params.length == 0 ? null : env.ref(params[0]), direction);
      case "page_offset":
        return new MemoryTypes.PageOffset(abi);
      case "futex_wake_op":
        return new MemoryTypes.FutexWakeOp(abi);
      case "rseq":
        return new RseqArea(abi, env.ref(params[0]));
      case "personality_ret":
        return new MemoryTypes.PersonalityResult(abi);
      default:
        return createRare(compiler, name, params, direction, env);
    }
  }

  private static @Nullable Type createRare(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    Abi abi = compiler.abi();
    switch (name) {
      case "word_at":
        return new SubcallTypes.WordAt(abi, compiler.compile(params[0], env));
      case "shmat_ret":
        return new SubcallTypes.ShmatResult(abi, env.ref(params[0]));
      case "personality":
        return new MemoryTypes.Personality(abi);
      case "prctl_name":
        return new ExecTypes.ThreadName(abi, direction);
      case "groups":
        return new CredentialTypes.Groups(
            abi, env.ref(params[0]), compiler.compile(params[1], env), direction);
      case "nodemask":
        return new NumaTypes.Nodemask(abi, env.ref(params[0]), direction);
      case "mincore_vec":
        return new NumaTypes.MincoreVec(abi, env.ref(params[0]));
      case "page_status":
        return new NumaTypes.PageStatus(abi);
      case "sock_fprog":
        return new BpfProgram(abi, params.length > 0, direction);
      case "user_desc":
        return new LdtTypes.UserDesc(abi, direction);
      case "user_desc_ret":
        return new LdtTypes.EntryResult(abi, env.ref(params[0]));
      case "modify_ldt_arg":
        return new LdtTypes.LdtArgument(abi, env.ref(params[0]));
      case "modify_ldt_ret":
        return new LdtTypes.LdtResult(abi);
      case "sigmask_ret":
        return new SignalTypes.MaskResult(abi, params[0].equals("1") ? "old mask " : "mask ");
      case "bpf_attr":
        return new BpfTypes.Attr(
            abi,
            compiler.requireStruct(params[0]),
            env.ref(params[1]),
            numbers(params, 2),
            direction);
      case "bpf_info_attr":
        return new BpfInfo.Attr(
            abi, compiler.requireStruct("bpf_obj_info"), env.ref(params[0]), direction);
      case "bpf_object_info":
        return new BpfInfo(
            abi,
            env.ref(params[0]),
            env.ref(params[1]),
            compiler.requireStruct("bpf_map_info"),
            compiler.requireStruct("bpf_prog_info"));
      case "bpf_told":
        return new BpfInfo.Told(abi);
      case "hexbytes64":
        return new BpfPointers.Hex(abi, env.ref(params[0]));
      case "bpf_tag":
        return new BpfInfo.Tag(abi);
      case "bpf_xlated":
        return new BpfInfo.Xlated(abi, env.ref(params[0]));
      case "bpf_ids":
        return new BpfPointers.Numbers(
            abi, new BpfInfo.Least(env.ref(params[0]), 1), Integer.BYTES);
      case "given64":
        return new BpfPointers.Numbers(abi, env.ref(params[0]), Integer.BYTES, true);
      case "bpf_bit":
        return new BpfInfo.Bit(abi);
      case "bpf_load_time":
        return new BpfInfo.LoadTime(abi);
      case "key_text":
        return new KeyTypes.Text(abi, env.ref(params[0]));
      case "key_capabilities":
        return new KeyTypes.Capabilities(abi, env.ref(params[0]));
      case "key_derivation":
        return new KeyTypes.Derivation(abi, compiler.requireStruct("keyctl_kdf_params"));
      case "key_data":
        return new KeyTypes.Data(abi, direction, env.ref(params[0]), Integer.parseInt(params[1]));
      case "addr64":
        return new BpfPointers.Pointer(abi, false);
      case "path64":
        return new BpfPointers.Pointer(abi, true);
      case "bpf_license":
        return new BpfPointers.Text(abi, null, false);
      case "str64":
        return new BpfPointers.Text(abi, params.length == 0 ? null : env.ref(params[0]), false);
      case "bytes64":
        return new BpfPointers.Text(abi, env.ref(params[0]), true);
      case "numbers64":
        return new BpfPointers.Numbers(abi, env.ref(params[0]), Integer.BYTES);
      case "longs64":
        return new BpfPointers.Numbers(abi, env.ref(params[0]), Long.BYTES);
      case "strings64":
        return new BpfPointers.Strings(abi, env.ref(params[0]));
      case "bpf_iter_link":
        return new BpfPointers.IteratedMap(abi, env.ref(params[0]));
      case "bpf_link_attr":
        return new BpfTypes.LinkAttr(abi, compiler, env.ref(params[0]));
      case "bpf_insns":
        return new BpfInstructions(abi, env.ref(params[0]));
      case "numa_node":
        return new BpfTypes.Node(abi);
      case "kernel_version":
        return new BpfTypes.KernelVersion(abi);
      case "perf_event_attr":
        return new PerfEventAttr(abi);
      case "epoll_slot":
        return new ForeignFd.EpollSlot(abi, env.ref(params[0]));
      case "ptrace_user":
        return new PtraceTypes.UserOffset(abi);
      case "ptrace_regset":
        return new PtraceAnswers.Regset(compiler, env.ref(params[0]), direction);
      case "siginfos":
        return new PtraceAnswers.Siginfos(abi);
      case "seccomp_filter":
        return new PtraceAnswers.Filter(abi);
      case "ptrace_syscall_info":
        return new PtraceTypes.SyscallInfo(abi, direction);
      default:
        return null;
    }
  }

  private static int[] numbers(String[] params, int from) {
    int[] out = new int[params.length - from];
    for (int i = from; i < params.length; i++) {
      out[i - from] = Integer.parseInt(params[i]);
    }
    return out;
  }

  private static Ref flags(String[] params, Env env) {
    return params.length == 0 ? Ref.constant(0) : env.ref(params[0]);
  }

  private static PollTypes.TimeLeft timeLeft(
      TypeCompiler compiler, Env env, String argument, String struct) {
    return new PollTypes.TimeLeft(env.ref(argument), compiler.requireStruct(struct));
  }
}
