// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Types written in Java for files, ioctl, directory entries, fcntl, xattr, IPC and io_uring. */
final class FileTypes {
  private FileTypes() {}

  static @Nullable Type create(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    Abi abi = compiler.abi();
    switch (name) {
      case "fcntl_ret":
        return new FcntlResult(abi, env.ref(params[0]));
      case "open_how":
        return new ExtensibleStruct(
            abi, compiler.requireStruct("open_how"), env.ref(params[0]), true);
      case "mount_attr_struct":
        return new ExtensibleStruct(
            abi, compiler.requireStruct("mount_attr"), env.ref(params[0]), true);
      case "extensible":
        return new ExtensibleStruct(
            abi, compiler.requireStruct(params[0]), env.ref(params[1]), true);
      case "grown":
        return new GrownStruct(abi, compiler.requireStruct(params[0]), env.ref(params[1]));
      case "lsm_ctx":
        return new LsmContexts.One(abi, env.ref(params[0]));
      case "lsm_size":
        return new LsmContexts.Size(abi);
      case "io_uring_restriction_opcode":
        return new IoUringTypes.Restriction(abi);
      case "fd64":
        return new NumberTypes.LongDescriptor(abi);
      case "open_mode":
        return new NumberTypes.OpenMode(abi, env.ref(params[0]));
      case "dirents":
        return new DirentTypes.Dirents(abi, env.ref(params[0]), false);
      case "dirents64":
        return new DirentTypes.Dirents(abi, env.ref(params[0]), true);
      case "old_dirent":
        return new DirentTypes.OldDirent(abi);
      case "statx_timestamp":
        return new FileTimes.StatxTimestamp();
      case "utimes":
        return new FileTimes.Pair(
            abi, compiler.requireStruct(params[0]), params[0].equals("timeval"));
      case "xattr_value":
        return new XattrValue(abi, env.ref(params[0]), direction);
      case "file_handle":
        return new FileHandle(abi, direction);
      case "quotactl_cmd":
        return new NumberTypes.QuotaCommand(abi);
      case "swap_flags":
        return new NumberTypes.SwapFlags(abi);
      case "noted":
        return new NumberTypes.Noted(
            abi, Sets.get(params[0]), compiler.scalar(params.length > 1 ? params[1] : "int"));
      case "errno":
        return new NumberTypes.ErrnoName(abi);
      case "ioprio":
        return new NumberTypes.IoPriority(abi, false);
      case "ioprio_ret":
        return new NumberTypes.IoPriority(abi, true);
      case "ipc_get_flags":
        return new IpcTypes.GetFlags(abi, Sets.get(params[0]));
      case "ipc_call_word":
        return new IpcTypes.CallWord(abi);
      case "ipc_cmd":
        return new IpcTypes.Command(abi, Sets.get(params[0]));
      case "msgbuf":
        return new IpcTypes.Message(abi, env.ref(params[0]), direction);
      case "semctl_arg":
        return IpcTypes.control(
            compiler, env.ref(params[0]), "semid_ds", "seminfo", "seminfo", 18, 20);
      case "shmctl_buf":
        return IpcTypes.control(
            compiler, env.ref(params[0]), "shmid_ds", "shminfo", "shm_info", 13, 15);
      case "msgctl_buf":
        return IpcTypes.control(
            compiler, env.ref(params[0]), "msqid_ds", "msginfo", "msginfo", 11, 13);
      case "iocbs":
        return new AioTypes.Submissions(abi, env.ref(params[0]));
      case "iocb_cancel":
        return new AioTypes.Cancelled(abi);
      case "completed":
      case "begun":
      case "answered":
      case "asked":
      case "zeroed":
        return new CompletedType(compiler, params, name);
      case "io_uring_files_update":
        return new IoUringTypes.FilesUpdate(abi, env.ref(params[0]));
      case "io_uring_probe":
        return new IoUringTypes.Probe(abi, env.ref(params[0]));
      case "ioctl_cmd":
        return new IoctlTypes.Command(abi);
      case "ioctl_arg":
        return new IoctlTypes.Argument(compiler, env);
      case "ioctl_ret":
        return new IoctlTypes.Result(compiler, env, env.ref(params[0]));
      case "termios_flags":
        return new TermiosTypes.Flags(abi, Sets.get(params[0]), params[1]);
      case "termios_cc":
        return new TermiosTypes.ControlCharacters(params[0]);
      case "sockaddr_in_place":
        return new InterfaceTypes.SockaddrInPlace();
      case "mac_address":
        return new InterfaceTypes.MacAddress(params[0]);
      case "ifconf":
        return new InterfaceTypes.Ifconf(abi);
      case "fiemap":
        return new ExtentTypes.Fiemap(compiler);
      case "file_dedupe_range":
        return new ExtentTypes.Dedupe(compiler);
      case "uffdio_api":
        return new ExtentTypes.UffdioApi(abi);
      case "bounded":
        return new BoundedBytes(params[0], env.ref(params[1]));
      case "sized":
        return new SizedStruct(abi, compiler.requireStruct(params[0]), direction);
      case "string_at":
        return new SizedStruct.Text(FieldType.size(params[0]));
      case "nonzero":
        return new Reserved(compiler.compile(params[0], env), FieldType.size(params[1]));
      case "lsm_ctxs":
        return new LsmContexts(
            abi,
            params[0].equals("ret") ? env.ref("ret") : Ref.constant(FieldType.size(params[0])),
            direction);
      case "notedenum":
        return new NumberTypes.NotedEnum(abi, Sets.get(params[0]), compiler.scalar(params[1]));
      case "notedflags":
        return new NumberTypes.NotedFlags(abi, Sets.get(params[0]), compiler.scalar(params[1]));
      case "io_uring_getevents":
        return new IoUringTypes.GetEvents(
            abi, env.ref(params[0]), compiler.requireStruct("timespec64"));
      case "files64":
        return new IoUringTypes.Files(abi, env.ref(params[0]), params.length > 1);
      case "buffers64":
        return new IoUringTypes.Buffers(abi, env.ref(params[0]));
      case "named":
        return new NumberTypes.NamedResult(abi, compiler.compile(params[0], env));
      case "vector_length":
        return new NumberTypes.VectorLength(abi, Sets.get(params[0]));
      case "tagged_address":
        return new NumberTypes.TaggedAddress(abi);
      case "io_uring_workers":
        return new IoUringTypes.Workers(abi, env.ref(params[0]));
      case "entropy_pool":
        return new InterfaceTypes.EntropyPool(abi);
      default:
        return null;
    }
  }
}
