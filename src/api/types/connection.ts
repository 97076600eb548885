/** Makes the Relay connection and edge types of a node type. */
import { type ClassType, Field, Int, ObjectType } from "type-graphql";
import { PageInfo } from "./page-info.js";

export interface EdgeOf<T> {
  cursor: string;
  node: T;
}
export interface ConnectionOf<T> {
  edges: EdgeOf<T>[];
  pageInfo: PageInfo;
  /** Called only when the field is selected. */
  totalCount: () => Promise<number>;
}

export function connectionType<T extends object>(name: string, node: () => ClassType<T>) {
  @ObjectType(`${name}Edge`, { description: `A ${name} in a list, with its place.` })
  class Edge {
    @Field(() => String, { description: "Opaque place of this edge, for `after` and `before`." })
    cursor!: string;

    @Field(node, { description: `The ${name}.` })
    node!: T;
  }

  @ObjectType(`${name}Connection`, {
    simpleResolvers: true,
    description: `A page of a list of ${name} nodes.`,
  })
  class Connection {
    @Field(() => [Edge], { description: "The page, in the order of the list." })
    edges!: Edge[];

    @Field(() => PageInfo, { description: "Whether there is more in either direction." })
    pageInfo!: PageInfo;

    @Field(() => Int, { description: "Length of the whole list, counted when asked for." })
    totalCount!: number;
  }

  return { Connection, Edge };
}
