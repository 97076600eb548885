/** Walks a Relay connection page by page. */
export interface PageOf<T> {
  edges: readonly { node: T }[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

/** The largest page that the API answers. */
const PAGE = 100;

export async function* eachNode<T>(
  fetchPage: (variables: { first: number; after: string | null }) => Promise<PageOf<T>>,
): AsyncGenerator<T> {
  let after: string | null = null;
  for (;;) {
    const { edges, pageInfo }: PageOf<T> = await fetchPage({ first: PAGE, after });
    for (const { node } of edges) yield node;
    if (!pageInfo.hasNextPage || !pageInfo.endCursor) return;
    after = pageInfo.endCursor;
  }
}

/** The first `limit` nodes. */
export async function firstNodes<T>(nodes: AsyncIterable<T>, limit: number): Promise<T[]> {
  const found: T[] = [];
  for await (const node of nodes) {
    if (found.length >= limit) break;
    found.push(node);
  }
  return found;
}
