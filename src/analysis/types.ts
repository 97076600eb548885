/** Request and result of a PCA. Plain data: it crosses a process boundary. */
export interface PcaRequest {
  /** Row-major [rows, dimension]. */
  vectors: Float32Array;
  dimension: number;
  /** Number of axes, 1..dimension. */
  components: number;
  /** Row numbers the mean and the axes are fitted on; null: all. */
  fitRows: Int32Array | null;
  /** true: divide each coordinate by the standard deviation of its component. Default false. */
  whiten?: boolean;
}

export interface PcaResult {
  /** Row-major [rows, components]; every row of the request, fitted on or not. */
  coordinates: Float64Array;
  /** Share of the total variance of the fitted rows, one per component, descending. */
  explainedVarianceRatio: number[];
}
