/** Things deleted and renamed, and what no row needs. */
import { graphql } from "../generated/index.js";

/** @public Read by graphql-codegen alone, which puts it into the documents that name it. */
export const DELETED_PARTS = graphql(`
  fragment DeletedParts on DeletePayload {
    deleted { kind id name diskUsage { files database } }
    freed { files database }
  }
`);

export const DELETE_MODEL = graphql(`
  mutation DeleteModel($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {
    deleteModel(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }
  }
`);

export const DELETE_RUN = graphql(`
  mutation DeleteRun($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {
    deleteRun(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }
  }
`);

export const DELETE_DATASET = graphql(`
  mutation DeleteDataset($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {
    deleteDataset(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }
  }
`);

export const DELETE_RUN_GROUP = graphql(`
  mutation DeleteRunGroup($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {
    deleteRunGroup(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }
  }
`);

export const RENAME_MODEL = graphql(`
  mutation RenameModel($id: ID!, $name: String!) {
    renameModel(id: $id, name: $name) { model { id name } }
  }
`);

export const RENAME_RUN = graphql(`
  mutation RenameRun($id: ID!, $name: String!) {
    renameRun(id: $id, name: $name) { run { id name } }
  }
`);

export const RENAME_DATASET = graphql(`
  mutation RenameDataset($id: ID!, $name: String!) {
    renameDataset(id: $id, name: $name) { dataset { id name } }
  }
`);

export const RENAME_RUN_GROUP = graphql(`
  mutation RenameRunGroup($id: ID!, $name: String!) {
    renameRunGroup(id: $id, name: $name) { group { id name } }
  }
`);

export const COLLECT_GARBAGE = graphql(`
  mutation CollectGarbage($dryRun: Boolean!) {
    collectGarbage(dryRun: $dryRun) { garbage { kind count bytes paths } bytes }
  }
`);

export const RESTORE_SHIPPED = graphql(`
  mutation RestoreShipped {
    restoreShipped { restored }
  }
`);

export const DISK_USAGE = graphql(`
  query DiskUsage {
    diskUsage { files database }
  }
`);

/** Ids by name. */
export const MODEL_OF_NAME = graphql(`
  query ModelOfName($name: String!) {
    model(name: $name) { id name }
  }
`);

export const DATASET_OF_NAME = graphql(`
  query DatasetOfName($name: String!) {
    dataset(name: $name) { id name }
  }
`);
