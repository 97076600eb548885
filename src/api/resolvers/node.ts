/** Any node by its global id. */
import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import { MaillardError } from "../../errors.js";
import type { Context } from "../context.js";
import { parseGlobalId } from "../ids.js";
import type { Loaders } from "../loaders.js";
import { Node, type NodeTypeName } from "../types/node.js";

const MAX_NODES = 100;

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: "A node by its global id; null when there is none. BAD_INPUT when it is not an id.",
  })
  node(
    @Arg("id", () => ID, { description: "Global id of any node." }) id: string,
    @Ctx() { loaders }: Context,
  ): Promise<object | null> {
    return load(id, loaders, "id");
  }

  @Query(() => [Node], {
    nullable: "items",
    description:
      "Nodes by global id, in the order of the ids; null in the place of one that does not exist. " +
      "TOO_MANY_ITEMS above 100, BAD_INPUT.",
  })
  nodes(
    @Arg("ids", () => [ID], { description: "At most 100 global ids." }) ids: string[],
    @Ctx() { loaders }: Context,
  ): Promise<(object | null)[]> {
    if (ids.length > MAX_NODES) {
      throw new MaillardError(
        "TOO_MANY_ITEMS",
        `${ids.length} ids were given; at most ${MAX_NODES} are taken. Send several requests.`,
        {
          param: "ids",
          details: { maximum: MAX_NODES, actual: ids.length },
        },
      );
    }
    return Promise.all(ids.map((id) => load(id, loaders, "ids")));
  }
}

async function load(globalNodeId: string, loaders: Loaders, param: string): Promise<object | null> {
  const { type, id, reached } = parseGlobalId(globalNodeId, param);
  const by: Record<Exclude<NodeTypeName, "Compound">, { load(id: string): Promise<object | null> }> = {
    Dataset: loaders.dataset,
    Embedding: loaders.embedding,
    Model: loaders.model,
    ModelDownload: loaders.modelDownload,
    Prediction: loaders.prediction,
    Run: loaders.run,
    RunGroup: loaders.runGroup,
  };
  if (type === "ApiKey") return null;
  const row = await (type === "Compound" ? loaders.compoundOf({ id, reached }) : by[type].load(id));
  return row && { __typename: type, ...row };
}
