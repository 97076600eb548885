/**
 * One try to connect to DATABASE_URL. Exit 0: connected. 1: not yet (not reachable, still starting). 2: never, as it is
 * set (no URL, wrong password, no such database). The reason is printed, without the password.
 */
import pg from "pg";

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const NEVER = {
  "28P01": "the server refuses the password",
  28000: "the server refuses this user",
  "3D000": "there is no such database",
  42501: "this user may not connect",
};

const say = (text, code) => {
  console.log(text);
  process.exitCode = code;
};

let url;
try {
  url = new URL(process.env.DATABASE_URL);
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw new Error("protocol");
} catch {
  url = null;
  say("DATABASE_URL must look like postgresql://user:password@host:5432/name; it does not.", 2);
}

if (url) {
  const user = decodeURIComponent(url.username) || "default user";
  const place = `${url.hostname}:${url.port || 5432}${url.pathname} as ${user}`;
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5000 });
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    const never = NEVER[error.code];
    if (never) say(`DATABASE_URL (${place}): ${never}. Correct it and start again.`, 2);
    else say(`${place}: ${error.code ?? error.message}`, 1);
  } finally {
    await client.end().catch(() => {});
  }
}
