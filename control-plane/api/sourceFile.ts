/** One file of resources: YAML or JSON, any number of documents. */
export interface Source { file: string; text: string }
