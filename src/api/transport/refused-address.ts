/** Why an address cannot be listened on, and what to do. */
import { MaillardError } from "../../errors.js";

/** @param variable that sets the port */
export function listenError(
  error: NodeJS.ErrnoException,
  host: string,
  port: number,
  variable = "PORT",
): MaillardError {
  const start = variable === "PORT" ? " npm start" : "";
  const reasons: Record<string, string> = {
    EADDRINUSE:
      `Port ${port} on ${host} is taken by another program. Stop it, or choose another port: ` +
      `${variable}=${port + 1}${start}.`,
    EACCES: `Port ${port} may not be opened by this user. Choose one above 1023: ${variable}=4000${start}.`,
    EADDRNOTAVAIL: `HOST is ${host}, which is no address of this machine. Use HOST=127.0.0.1.`,
    ENOTFOUND: `HOST is ${host}, which is not a known name. Use HOST=127.0.0.1.`,
  };
  const message = reasons[error.code ?? ""] ?? `The server cannot listen on ${host}:${port}: ${error.message}`;
  return new MaillardError("STARTUP", message, {
    param: error.code === "EADDRINUSE" || error.code === "EACCES" ? variable : "HOST",
  });
}
