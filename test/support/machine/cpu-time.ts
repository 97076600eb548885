/**
 * Processor time that this process spends, in milliseconds: what a limit on computing time is measured in. Unlike the
 * time of a clock it does not grow when other programs use the machine.
 */
export function cpuTime(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}
