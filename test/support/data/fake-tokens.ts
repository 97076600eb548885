/** Token ids that make the fake model misbehave, and the file in its folder that makes loading kill the process. */
export const CRASH = 901;
/** The first run with it ends its process; later ones do not. */
export const CRASH_ONCE = 902;
export const THROW = 903;
export const NAN = 904;
/** Half a second of computing that blocks its thread. */
export const BUSY = 905;
/** Waits until the model's folder has a file `gate`. */
export const GATE = 906;
export const LOAD_CRASH = "load-crash";
