import Foundation

// If a role process has died, writing to it must give an error, not end the run.
signal(SIGPIPE, SIG_IGN)
// A write beyond the limit of file sizes (`ulimit -f`) must give an error as well.
signal(SIGXFSZ, SIG_IGN)
// Otherwise Swift's runtime would treat SIGQUIT as a crash, and produce a backtrace for minutes.
signal(SIGQUIT, SIG_DFL)
Output.prepare()
Measuring.prepare()
// Swift needs /proc for the arguments, and runs need it for much more.
if access("/proc/self/cmdline", R_OK) != 0 {
  exit(CommandLineTool.fail("/proc is not there; mount it by `mount -t proc proc /proc`", 1))
}
exit(Output.finish(CommandLineTool.run(Array(CommandLine.arguments.dropFirst()))))
