/** The server itself. */
import { graphql } from "../generated/index.js";

export const HEALTH = graphql(`
  query Health {
    health { live ready version }
    devices { id provider state reason }
  }
`);
