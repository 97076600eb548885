/** A span for each root field of queries and mutations, where traces are made; else a look at one variable. */
import { defaultFieldResolver, type GraphQLSchema } from "graphql";
import { tracerOf } from "../../observe/spans.js";

/** Changes the resolvers; call it once for a schema, after all others: what they refuse is inside the span. */
export function traceRoots(schema: GraphQLSchema): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType()])
    for (const [name, field] of Object.entries(type?.getFields() ?? {})) {
      const resolve = field.resolve ?? defaultFieldResolver;
      const span = `${type?.name}.${name}`;
      field.resolve = (source, args, context, info) => {
        const tracer = tracerOf();
        const work = () => resolve(source, args, context, info);
        return tracer ? tracer.inSpan(span, {}, async () => work()) : work();
      };
    }
  return schema;
}
