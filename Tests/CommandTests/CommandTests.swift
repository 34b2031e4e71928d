import Testing

/// The command line from outside. The release binary is started as a user would start it, and judged by its
/// output, its exit status, and the files and processes that it leaves.
///
/// Tests run one at a time, because a run needs the cores for itself. No test asserts how long anything
/// takes; a wait has a limit only so that the test ends. A test ends each process that it starts by its
/// process number. All traffic stays within the processes and network namespaces of the runs.
@Suite(.serialized) enum CommandTests {}

/// Tests of commands that start no run; they may run beside those that do.
@Suite(.serialized) enum StillTests {}
