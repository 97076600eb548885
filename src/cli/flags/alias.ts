/** Earlier names of options: taken as before, and hidden from the help, so that each thing has one name there. */
import { type Command, Option } from "commander";

/**
 * @param flags the other name, with its argument: "--labels <label set>"
 * @param name of the option that it stands for, "target"; the command has it already
 */
export function alsoCalled(command: Command, flags: string, name: string): Command {
  const meant = command.options.find((option) => option.attributeName() === name);
  if (!meant) throw new Error(`${command.name()} has no option ${name}.`);
  const alias = new Option(flags).hideHelp();
  if (meant.parseArg) alias.argParser(meant.parseArg);
  alias.attributeName = () => name;
  return command.addOption(alias);
}
