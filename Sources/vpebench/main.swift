import Experiments
import Foundation

// A role process that has died must show as an error, not end the run.
signal(SIGPIPE, SIG_IGN)
Output.prepare()
OpenFiles.allowMost()
exit(Output.finish(CommandLineTool.run(Array(CommandLine.arguments.dropFirst()))))
