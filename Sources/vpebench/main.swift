import Foundation

// A role process that has died must show as an error, not end the run.
signal(SIGPIPE, SIG_IGN)
// So must a file that may not grow any more (`ulimit -f`).
signal(SIGXFSZ, SIG_IGN)
// Swift's runtime would take it for a crash, and look for its cause for minutes.
signal(SIGQUIT, SIG_DFL)
Output.prepare()
Measuring.prepare()
// Swift finds the arguments there, and a run much else.
if access("/proc/self/cmdline", R_OK) != 0 {
  exit(CommandLineTool.fail("/proc is not there; mount it by `mount -t proc proc /proc`", 1))
}
exit(Output.finish(CommandLineTool.run(Array(CommandLine.arguments.dropFirst()))))
