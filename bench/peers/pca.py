"""scikit-learn's side of bench/pca.ts: PCA(svd_solver="covariance_eigh") of a float32 matrix, timed.

    python bench/peers/pca.py <vectors.f32> <rows> <dimension> <components> <repeats> <out.f64>

Prints JSON: seconds of each fit and transform, peak memory of the process, versions. The last coordinates go to <out.f64>.
"""
import json
import resource
import sys
import time

import numpy as np
import sklearn
from sklearn.decomposition import PCA

path, rows, dimension, components, repeats, out = sys.argv[1], *map(int, sys.argv[2:6]), sys.argv[6]
x = np.fromfile(path, dtype=np.float32).reshape(rows, dimension)
seconds, processor = [], []
for _ in range(repeats):
    began, cpu = time.perf_counter(), time.process_time()
    pca = PCA(n_components=components, svd_solver="covariance_eigh").fit(x)
    coordinates = pca.transform(x)
    seconds.append(time.perf_counter() - began)
    processor.append(time.process_time() - cpu)
coordinates.astype(np.float64).tofile(out)
print(json.dumps({
    "seconds": seconds,
    "processorSeconds": processor,
    "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "explainedVarianceRatio": pca.explained_variance_ratio_.astype(float).tolist(),
    "versions": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
}))
