/** Reading the text of /metrics. */

/** Of the one line with this name and exactly these labels; undefined: there is none. */
export function value(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const found = samples(text).find(
    (sample) =>
      sample.name === name &&
      Object.keys(sample.labels).length === Object.keys(labels).length &&
      Object.entries(labels).every(([label, wanted]) => sample.labels[label] === wanted),
  );
  return found?.value;
}

export function samples(text: string): { name: string; labels: Record<string, string>; value: number }[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", number] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, given]) => [label, given]);
    return [
      { name, labels: Object.fromEntries(pairs), value: number === "+Inf" ? Number.POSITIVE_INFINITY : Number(number) },
    ];
  });
}
