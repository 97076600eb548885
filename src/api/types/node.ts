/** Relay's Node: everything with an identity that lasts. */
import { Field, ID, InterfaceType } from "type-graphql";

export type NodeTypeName =
  | "Compound"
  | "Dataset"
  | "Embedding"
  | "Model"
  | "ModelDownload"
  | "Prediction"
  | "Run"
  | "RunGroup";

@InterfaceType("Node", {
  description: "Anything with a global id, to be fetched again by `node(id:)`.",
  resolveType: (value: { __typename: NodeTypeName }) => value.__typename,
})
export abstract class Node {
  @Field(() => ID, { description: "Global id: opaque, never reused." })
  id!: string;
}
