/** How many of something each address or client has. */
export class Counts {
  private readonly counts = new Map<string, number>();

  /** The function that gives one back; null when `name` has `most` already. */
  take(name = "", most: number): (() => void) | null {
    const count = this.of(name);
    if (count >= most) return null;
    this.counts.set(name, count + 1);
    return () => {
      const left = this.of(name) - 1;
      if (left > 0) this.counts.set(name, left);
      else this.counts.delete(name);
    };
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
