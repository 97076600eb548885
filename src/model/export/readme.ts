/** README.md beside an exported model: what it takes, what it answers, and two programs that run it. */
import { OPERATOR_SET } from "../../autograd/index.js";
import type { SequenceTask, Task } from "../types.js";
import { LOG_COUNTS, ONNX_DATA, type OnnxModel, type TensorInfo } from "./onnx-model.js";

export interface ReadmeParts {
  /** Of the model; the name of the folder in the examples. */
  name: string;
  task: Task;
  labels: readonly string[];
  model: Pick<OnnxModel, "inputs" | "outputs">;
  layout: "onnx" | "triton";
  /** In tokens; null for a probe on fingerprints, which has no tokenizer. */
  maxLength: number | null;
}

const MEANING: Record<SequenceTask, string> = {
  SINGLE_LABEL:
    "One of the labels holds for a molecule: the softmax of its row gives their probabilities. No temperature is " +
    "applied, as in the answers of the server.",
  MULTI_LABEL: "Each label holds or not by itself: the logistic function of each number gives its probability.",
  REGRESSION: "The numbers are the values themselves, in the units of the data that the model learned from.",
};

export function readmeText(parts: ReadmeParts): string {
  const { name, layout, maxLength, labels } = parts;
  const what = layout === "triton" ? "a folder of a Triton model repository" : "ONNX";
  const sections = [
    `# ${name}`,
    `A Maillard model as ${what}: float32, standard operators of set ${OPERATOR_SET.portable} alone.`,
    "## Inputs and outputs",
    tensorTable([...parts.model.inputs.map(described("input")), ...parts.model.outputs.map(described("output"))]),
    meaning(parts),
    ...(labels.length > 0 ? ["## Labels", labelTable(labels)] : []),
    "## What a molecule has to be",
    maxLength === null ? structure(parts) : tokens(maxLength),
    ...(layout === "triton"
      ? ["## Triton", maxLength === null ? REPOSITORY : `${REPOSITORY}\n${LENGTHS}`]
      : examples(parts)),
  ];
  return `${sections.join("\n\n")}\n`;
}

const described = (kind: string) => (info: TensorInfo) => ({ kind, ...info });

const tensorTable = (tensors: (TensorInfo & { kind: string })[]): string =>
  [
    "| | name | type | shape |",
    "|---|---|---|---|",
    ...tensors.map(({ kind, name, type, shape }) => `| ${kind} | \`${name}\` | ${type} | [${shape.join(", ")}] |`),
  ].join("\n");

function meaning({ task }: ReadmeParts): string {
  if (task === "ENCODER")
    return "`last_hidden_state` has a vector for each token; embeddings are its first row, or the mean of its rows.";
  if (task === "MASKED_LANGUAGE_MODEL")
    return "`logits` score the vocabulary at each token; `last_hidden_state` has a vector for each token.";
  return `\`logits\` have the labels in the order below. ${MEANING[task]}`;
}

const labelTable = (labels: readonly string[]): string =>
  ["| column | label |", "|--:|---|", ...labels.map((label, id) => `| ${id} | ${cell(label)} |`)].join("\n");
const cell = (text: string): string => text.replace(/\s+/g, " ").replaceAll("|", "\\|");

const tokens = (maxLength: number): string =>
  `The server gives a model the SMILES as RDKit writes it, canonical, of the largest fragment. Another writing of the
same molecule gets another answer. Its tokens are at most ${maxLength}, with the start and the end token; what is longer
is cut before the end token. \`tokenizer.json\` says so, and how a batch is padded. \`attention_mask\` is 1 for tokens
and 0 for padding, which is on the right.`;

const structure = (parts: ReadmeParts): string =>
  parts.model.inputs[0].name === LOG_COUNTS ? counts(widthOf(parts)) : fingerprints(widthOf(parts));

const counts = (environments: number): string =>
  `The input is log(1 + n) of ${environments} Morgan environments, n being how often each occurs in the largest
fragment. Column k is \`environments.ids[k]\` of \`probe.json\`. In Python of RDKit:
\`rdFingerprintGenerator.GetMorganGenerator(radius=environments["radius"])
.GetSparseCountFingerprint(molecule).GetNonzeroElements()\` has n by id; ids without a column are left out.
\`probe.json\` has the same weights as text: \`coefficients\` [rows][columns] and \`intercepts\` [rows]; a model of two
classes has one row, the logit of the second class, and that of the first is 0.`;

const fingerprints = (bits: number): string =>
  `The input is a Morgan fingerprint of radius 2 as numbers 0 and 1, bit n in column n: in Python of RDKit
\`rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=${bits}).GetFingerprintAsNumPy(molecule)\`, of the
largest fragment. \`probe.json\` has the same weights as text: \`coefficients\` [rows][bits] and \`intercepts\`
[rows]; a model of two classes has one row, the logit of the second class, and that of the first is 0.`;

const REPOSITORY = `Put this folder into the model repository (\`--model-repository\`); KServe's Triton runtime reads it
from its storage. The configuration has the dimensions without the batch.`;
const LENGTHS = `A request has rows of one length, and Triton puts requests of equal length into one batch: pad to a
multiple of 16 to get larger ones.`;

const SOFTMAX = {
  SINGLE_LABEL: "scores = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)",
  MULTI_LABEL: "scores = 1 / (1 + np.exp(-logits))",
  REGRESSION: "scores = logits",
} as const;

const widthOf = ({ model }: ReadmeParts): number => Number(model.inputs[0].shape[1]);

function examples(parts: ReadmeParts): string[] {
  const { name, task, maxLength } = parts;
  const width = widthOf(parts);
  const isSequence = task in SOFTMAX;
  const output = isSequence ? "logits" : "last_hidden_state";
  const after = isSequence ? SOFTMAX[task as SequenceTask] : "scores = last_hidden_state[:, 0]  # of the first token";
  if (maxLength === null)
    return [
      "## Python",
      code("python", [
        "import numpy as np",
        "import onnxruntime",
        "",
        'session = onnxruntime.InferenceSession("onnx/model.onnx")',
        `numbers = np.zeros((1, ${width}), dtype=np.float32)  # of RDKit, see above`,
        `logits = session.run(["logits"], {"${parts.model.inputs[0].name}": numbers})[0]`,
        after,
        "for row in scores:",
        "    print(row.tolist())  # in the order of the labels above",
      ]),
    ];
  return [
    "## Python",
    code("python", [
      ...(isSequence ? ["import json", ""] : []),
      "import numpy as np",
      "import onnxruntime",
      "from tokenizers import Tokenizer",
      "",
      'smiles = ["CCO", "Oc1ccccc1"]',
      'batch = Tokenizer.from_file("tokenizer.json").encode_batch(smiles)',
      "feeds = {",
      '    "input_ids": np.array([row.ids for row in batch], dtype=np.int64),',
      '    "attention_mask": np.array([row.attention_mask for row in batch], dtype=np.int64),',
      "}",
      'session = onnxruntime.InferenceSession("onnx/model.onnx")',
      `${output} = session.run(["${output}"], feeds)[0]`,
      after,
      ...(isSequence
        ? [
            'labels = json.load(open("config.json"))["id2label"]',
            "for text, row in zip(smiles, scores):",
            "    print(text, {labels[str(column)]: round(float(score), 3) for column, score in enumerate(row)})",
          ]
        : ["for text, row in zip(smiles, scores):", "    print(text, row.tolist())"]),
    ]),
    "## JavaScript",
    `With transformers.js, in Node or a browser. It cuts molecules of more than ${maxLength} tokens without their end
token, which gives other answers than the server's.`,
    code("js", [
      `import { AutoTokenizer, ${AUTO[task]}, env } from "@huggingface/transformers";`,
      "",
      "env.allowRemoteModels = false;",
      'env.localModelPath = "..";  // the folder in which this one lies',
      'const smiles = ["CCO", "Oc1ccccc1"];',
      `const folder = "${name}";  // the name of this one`,
      "const tokenizer = await AutoTokenizer.from_pretrained(folder);",
      `const model = await ${AUTO[task]}.from_pretrained(folder, { dtype: "fp32" });`,
      `const { ${output} } = await model(tokenizer(smiles, { padding: true, truncation: true }));`,
      isSequence
        ? `smiles.forEach((text, row) => console.log(text, ${output}.tolist()[row]));  // in the order of the labels`
        : `smiles.forEach((text, row) => console.log(text, ${output}.tolist()[row][0]));  // of the first token`,
    ]),
    `Weights of more than 1.5 GiB lie in \`${ONNX_DATA}\` beside the model.`,
  ];
}

const AUTO: Record<Task, string> = {
  ENCODER: "AutoModel",
  MASKED_LANGUAGE_MODEL: "AutoModel",
  SINGLE_LABEL: "AutoModelForSequenceClassification",
  MULTI_LABEL: "AutoModelForSequenceClassification",
  REGRESSION: "AutoModelForSequenceClassification",
};

const code = (language: string, lines: string[]): string => [`\`\`\`${language}`, ...lines, "```"].join("\n");
