/**
 * The kernels as WebAssembly text, 128-bit SIMD. Pointers are byte addresses in the imported memory (unsigned, up to 4
 * GB); every function answers the same bits on every machine: order of additions and rounding are fixed by the text.
 */

/** Dwords of two vectors, picked by index 0..7 (0..3 of the first, 4..7 of the second), as a byte shuffle. */
const pick = (...dwords: number[]) =>
  `i8x16.shuffle ${dwords.flatMap((dword) => [0, 1, 2, 3].map((byte) => dword * 4 + byte)).join(" ")}`;

/**
 * One round of Philox4x32 on four counters at once: lane i of $x0..$x3 is word 0..3 of counter i.
 * The 64-bit products of a multiplier with lanes 0, 1 (low) and 2, 3 (high) are parted into lower and upper words.
 */
const PHILOX_ROUND = `
      (local.set $low (i64x2.extmul_low_i32x4_u (local.get $x0) (local.get $m0)))
      (local.set $high (i64x2.extmul_high_i32x4_u (local.get $x0) (local.get $m0)))
      (local.set $a (${pick(1, 3, 5, 7)} (local.get $low) (local.get $high)))
      (local.set $x0 (${pick(0, 2, 4, 6)} (local.get $low) (local.get $high)))
      (local.set $low (i64x2.extmul_low_i32x4_u (local.get $x2) (local.get $m1)))
      (local.set $high (i64x2.extmul_high_i32x4_u (local.get $x2) (local.get $m1)))
      (local.set $b (v128.xor
        (v128.xor (${pick(1, 3, 5, 7)} (local.get $low) (local.get $high)) (local.get $x1))
        (local.get $key0)))
      (local.set $x1 (${pick(0, 2, 4, 6)} (local.get $low) (local.get $high)))
      (local.set $x2 (v128.xor (v128.xor (local.get $a) (local.get $x3)) (local.get $key1)))
      (local.set $x3 (local.get $x0))
      (local.set $x0 (local.get $b))
      (local.set $key0 (i32x4.add (local.get $key0) (local.get $w0)))
      (local.set $key1 (i32x4.add (local.get $key1) (local.get $w1)))`;

/** Eight 16-bit halves in $words against the threshold, to $at; then $at moves a row on. */
type StoreRow = (words: string) => string;
const MOVE_ON = "(local.set $at (i32.add (local.get $at) (local.get $stride)))";
const kept = (words: string) => `(local.set $kept (i16x8.lt_u ${words} (local.get $limit)))`;

/** Eight floats, 0 or $scale. */
const STORE_FLOATS: StoreRow = (words) => `
      ${kept(words)}
      (v128.store (local.get $at) (v128.and (i32x4.extend_low_i16x8_s (local.get $kept)) (local.get $value)))
      (v128.store offset=16 (local.get $at) (v128.and (i32x4.extend_high_i16x8_s (local.get $kept)) (local.get $value)))
      ${MOVE_ON}`;

/** A byte: bit j is 1 where element j is kept. */
const STORE_BITS: StoreRow = (words) => `
      ${kept(words)}
      (i32.store8 (local.get $at) (i16x8.bitmask (local.get $kept)))
      ${MOVE_ON}`;

/**
 * Dropout: $rows rows of $blocks blocks of 8 elements, $stride bytes apart, from $out on; a block takes 2^shift bytes.
 * Element j of row r is half j mod 8 (low half of word 0 first) of Philox block (c0 + j / 8, c1 + r, c2, c3) under key
 * (k0, k1): kept when below $threshold. Four rows at a time, the last block of a row first: what a row writes past its
 * end is where rows after it write later.
 */
const dropout = (name: string, store: StoreRow, shift: number) => `  (func (export "${name}")
    (param $out i32) (param $rows i32) (param $stride i32) (param $blocks i32) (param $threshold i32) (param $scale f32)
    (param $c0 i32) (param $c1 i32) (param $c2 i32) (param $c3 i32) (param $k0 i32) (param $k1 i32)
    (local $row i32) (local $block i32) (local $at i32) (local $limit v128) (local $value v128) (local $kept v128)
    (local $x0 v128) (local $x1 v128) (local $x2 v128) (local $x3 v128) (local $a v128) (local $b v128)
    (local $m0 v128) (local $m1 v128) (local $w0 v128) (local $w1 v128) (local $key0 v128) (local $key1 v128)
    (local $low v128) (local $high v128)
    (local.set $limit (i16x8.splat (local.get $threshold)))
    (local.set $value (f32x4.splat (local.get $scale)))
    (local.set $m0 (i32x4.splat (i32.const 0xd2511f53)))
    (local.set $m1 (i32x4.splat (i32.const 0xcd9e8d57)))
    (local.set $w0 (i32x4.splat (i32.const 0x9e3779b9)))
    (local.set $w1 (i32x4.splat (i32.const 0xbb67ae85)))
    (loop $nextRows
      (local.set $block (local.get $blocks))
      (loop $nextBlock
      (local.set $block (i32.sub (local.get $block) (i32.const 1)))
      (local.set $x0 (i32x4.splat (i32.add (local.get $c0) (local.get $block))))
      (local.set $x1 (i32x4.add (i32x4.splat (i32.add (local.get $c1) (local.get $row))) (v128.const i32x4 0 1 2 3)))
      (local.set $x2 (i32x4.splat (local.get $c2)))
      (local.set $x3 (i32x4.splat (local.get $c3)))
      (local.set $key0 (i32x4.splat (local.get $k0)))
      (local.set $key1 (i32x4.splat (local.get $k1)))
${Array(10).fill(PHILOX_ROUND).join("\n")}

      (local.set $at (i32.add
        (i32.add (local.get $out) (i32.mul (local.get $row) (local.get $stride)))
        (i32.shl (local.get $block) (i32.const ${shift}))))
      (local.set $low (${pick(0, 4, 1, 5)} (local.get $x0) (local.get $x1)))
      (local.set $high (${pick(0, 4, 1, 5)} (local.get $x2) (local.get $x3)))
${store(`(${pick(0, 1, 4, 5)} (local.get $low) (local.get $high))`)}
${store(`(${pick(2, 3, 6, 7)} (local.get $low) (local.get $high))`)}
      (local.set $low (${pick(2, 6, 3, 7)} (local.get $x0) (local.get $x1)))
      (local.set $high (${pick(2, 6, 3, 7)} (local.get $x2) (local.get $x3)))
${store(`(${pick(0, 1, 4, 5)} (local.get $low) (local.get $high))`)}
${store(`(${pick(2, 3, 6, 7)} (local.get $low) (local.get $high))`)}
      (br_if $nextBlock (local.get $block)))
      (br_if $nextRows (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 4))) (local.get $rows)))))`;

/** For each of the vectors that scaleBy holds at a time. */
const each = (text: (i: number) => string) => [0, 1, 2, 3, 4, 5, 6, 7].map(text).join(" ");

export const KERNELS = `(module
  (import "maillard" "memory" (memory 0 65536))

  ;; torch.optim.AdamW on bytes (a positive multiple of 16) of float32 parameters:
  ;;   w = w * keep;  m = m + (g - m) * (1 - beta1);  v = v * beta2 + g * g * (1 - beta2)
  ;;   w = w + m * rate / (sqrt(v) + epsilon)
  ;; with g = gradient * scale, keep = 1 - lr * decay, rate = -lr * root / (1 - beta1^step) and epsilon torch's * root,
  ;; root = sqrt(1 - beta2^step): numerator and denominator of torch's times root, which saves a division.
  ;; Where gradient and moments are zero that is w * keep, to the bit, and moments are not written: rows of a table that
  ;; no batch has touched cost a quarter of the traffic, and the memory of their gradients and moments is never taken.
  (func (export "adamw")
    (param $w i32) (param $g i32) (param $m i32) (param $v i32) (param $bytes i32)
    (param $scale f32) (param $keep f32) (param $rest1 f32) (param $beta2 f32) (param $rest2 f32)
    (param $rate f32) (param $epsilon f32)
    (local $end i32) (local $gradient v128) (local $first v128) (local $second v128)
    (local.set $end (i32.add (local.get $w) (local.get $bytes)))
    (loop $next
      (local.set $gradient (v128.load (local.get $g)))
      (local.set $first (v128.load (local.get $m)))
      (local.set $second (v128.load (local.get $v)))
      (if (v128.any_true (v128.or (v128.or (local.get $gradient) (local.get $first)) (local.get $second)))
        (then
          (local.set $gradient (f32x4.mul (local.get $gradient) (f32x4.splat (local.get $scale))))
          (local.set $first (f32x4.add
            (local.get $first)
            (f32x4.mul (f32x4.sub (local.get $gradient) (local.get $first)) (f32x4.splat (local.get $rest1)))))
          (local.set $second (f32x4.add
            (f32x4.mul (local.get $second) (f32x4.splat (local.get $beta2)))
            (f32x4.mul (f32x4.mul (local.get $gradient) (local.get $gradient)) (f32x4.splat (local.get $rest2)))))
          (v128.store (local.get $m) (local.get $first))
          (v128.store (local.get $v) (local.get $second))
          (v128.store (local.get $w) (f32x4.add
            (f32x4.mul (v128.load (local.get $w)) (f32x4.splat (local.get $keep)))
            (f32x4.div
              (f32x4.mul (local.get $first) (f32x4.splat (local.get $rate)))
              (f32x4.add (f32x4.sqrt (local.get $second)) (f32x4.splat (local.get $epsilon)))))))
        (else (v128.store (local.get $w) (f32x4.mul (v128.load (local.get $w)) (f32x4.splat (local.get $keep))))))
      (local.set $g (i32.add (local.get $g) (i32.const 16)))
      (local.set $m (i32.add (local.get $m) (i32.const 16)))
      (local.set $v (i32.add (local.get $v) (i32.const 16)))
      (br_if $next (i32.ne (local.tee $w (i32.add (local.get $w) (i32.const 16))) (local.get $end)))))

  ;; x[i] += y[i] over bytes (a positive multiple of 16) of float32
  (func (export "addTo") (param $x i32) (param $y i32) (param $bytes i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $x) (local.get $bytes)))
    (loop $next
      (v128.store (local.get $x) (f32x4.add (v128.load (local.get $x)) (v128.load (local.get $y))))
      (local.set $y (i32.add (local.get $y) (i32.const 16)))
      (br_if $next (i32.ne (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $end)))))

  ;; Adds x * x over bytes (a positive multiple of 16) of float32 to four float64 at $sums: number i takes elements i,
  ;; i + 4, ...
  (func (export "sumOfSquares") (param $x i32) (param $bytes i32) (param $sums i32)
    (local $end i32) (local $four v128) (local $low v128) (local $high v128) (local $a v128) (local $b v128)
    (local.set $end (i32.add (local.get $x) (local.get $bytes)))
    (local.set $low (v128.load (local.get $sums)))
    (local.set $high (v128.load offset=16 (local.get $sums)))
    (loop $next
      (local.set $four (v128.load (local.get $x)))
      (if (v128.any_true (local.get $four)) (then ;; zeros add nothing
        (local.set $a (f64x2.promote_low_f32x4 (local.get $four)))
        (local.set $b (f64x2.promote_low_f32x4 (${pick(2, 3, 2, 3)} (local.get $four) (local.get $four))))
        (local.set $low (f64x2.add (local.get $low) (f64x2.mul (local.get $a) (local.get $a))))
        (local.set $high (f64x2.add (local.get $high) (f64x2.mul (local.get $b) (local.get $b))))))
      (br_if $next (i32.ne (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $end))))
    (v128.store (local.get $sums) (local.get $low))
    (v128.store offset=16 (local.get $sums) (local.get $high)))

  ;; x[i] = x[i] * factors[0] * factors[1] * ..., rounded after each, over bytes (a positive multiple of 16) of float32.
  ;; Eight vectors at a time: their products do not wait for one another.
  (func (export "scaleBy") (param $x i32) (param $bytes i32) (param $factors i32) (param $count i32)
    (local $end i32) (local $factor i32) (local $last i32) (local $f v128)
    ${each((i) => `(local $v${i} v128)`)}
    (local.set $end (i32.add (local.get $x) (local.get $bytes)))
    (local.set $last (i32.add (local.get $factors) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $x) (local.get $end)))
        (local.set $factor (local.get $factors))
        (if (i32.ge_u (i32.sub (local.get $end) (local.get $x)) (i32.const 128))
          (then
            ${each((i) => `(local.set $v${i} (v128.load offset=${16 * i} (local.get $x)))`)}
            (loop $each
              (local.set $f (v128.load32_splat (local.get $factor)))
              ${each((i) => `(local.set $v${i} (f32x4.mul (local.get $v${i}) (local.get $f)))`)}
              (br_if $each
                (i32.ne (local.tee $factor (i32.add (local.get $factor) (i32.const 4))) (local.get $last))))
            ${each((i) => `(v128.store offset=${16 * i} (local.get $x) (local.get $v${i}))`)}
            (local.set $x (i32.add (local.get $x) (i32.const 128))))
          (else
            (local.set $v0 (v128.load (local.get $x)))
            (loop $each
              (local.set $v0 (f32x4.mul (local.get $v0) (v128.load32_splat (local.get $factor))))
              (br_if $each
                (i32.ne (local.tee $factor (i32.add (local.get $factor) (i32.const 4))) (local.get $last))))
            (v128.store (local.get $x) (local.get $v0))
            (local.set $x (i32.add (local.get $x) (i32.const 16)))))
        (br $next))))

  ;; 1 when none of count floats is NaN or infinite: x * 0 is 0 for finite x and NaN otherwise, and NaN stays in the
  ;; sum.
  (func (export "isFinite") (param $x i32) (param $count i32) (result i32)
    (local $sum v128) (local $total f32)
    (block $tail
      (loop $next
        (br_if $tail (i32.lt_u (local.get $count) (i32.const 4)))
        (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul (v128.load (local.get $x)) (f32x4.splat (f32.const 0)))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $count (i32.sub (local.get $count) (i32.const 4)))
        (br $next)))
    (local.set $total (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $sum)) (f32x4.extract_lane 1 (local.get $sum)))
      (f32.add (f32x4.extract_lane 2 (local.get $sum)) (f32x4.extract_lane 3 (local.get $sum)))))
    (block $done
      (loop $one
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $total (f32.add (local.get $total) (f32.mul (f32.load (local.get $x)) (f32.const 0))))
        (local.set $x (i32.add (local.get $x) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $one)))
    (f32.eq (local.get $total) (f32.const 0)))

  ;; table[ids[t], :] += rows[t, :] * scale for t = 0 .. count - 1 in this order; ids equal to $skip are left out.
  ;; $width is the number of floats of a row.
  (func (export "addRows")
    (param $table i32) (param $ids i32) (param $rows i32) (param $count i32) (param $width i32)
    (param $scale f32) (param $skip i32)
    (local $id i32) (local $to i32) (local $end i32) (local $aligned i32)
    (local.set $aligned (i32.and (i32.shl (local.get $width) (i32.const 2)) (i32.const -16)))
    (block $done
      (loop $nextRow
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $id (i32.load (local.get $ids)))
        (local.set $ids (i32.add (local.get $ids) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (if (i32.eq (local.get $id) (local.get $skip))
          (then
            (local.set $rows (i32.add (local.get $rows) (i32.shl (local.get $width) (i32.const 2))))
            (br $nextRow)))
        (local.set $to (i32.add
          (local.get $table)
          (i32.shl (i32.mul (local.get $id) (local.get $width)) (i32.const 2))))
        (local.set $end (i32.add (local.get $to) (local.get $aligned)))
        (block $tail
          (loop $next
            (br_if $tail (i32.eq (local.get $to) (local.get $end)))
            (v128.store (local.get $to) (f32x4.add
              (v128.load (local.get $to))
              (f32x4.mul (v128.load (local.get $rows)) (f32x4.splat (local.get $scale)))))
            (local.set $to (i32.add (local.get $to) (i32.const 16)))
            (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
            (br $next)))
        (local.set $end (i32.add (local.get $to) (i32.shl (i32.and (local.get $width) (i32.const 3)) (i32.const 2))))
        (loop $one
          (br_if $nextRow (i32.eq (local.get $to) (local.get $end)))
          (f32.store (local.get $to) (f32.add
            (f32.load (local.get $to))
            (f32.mul (f32.load (local.get $rows)) (local.get $scale))))
          (local.set $to (i32.add (local.get $to) (i32.const 4)))
          (local.set $rows (i32.add (local.get $rows) (i32.const 4)))
          (br $one)))))

  ;; Dropout as floats: up to 4 rows and 8 floats behind the last row are overwritten.
${dropout("dropoutRows", STORE_FLOATS, 5)}
  ;; Dropout as bits, a byte for 8 elements ($scale is not read): up to 4 rows behind the last row are overwritten.
${dropout("dropoutBits", STORE_BITS, 0)}
  ;; A block of $height rows of $size floats keeps $length floats of its first $rows rows; the rest becomes 0.
  (func (export "clearOutside")
    (param $block i32) (param $rows i32) (param $length i32) (param $height i32) (param $size i32)
    (local $row i32) (local $gap i32)
    (local.set $gap (i32.shl (i32.sub (local.get $size) (local.get $length)) (i32.const 2)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $row) (local.get $rows)))
        (local.set $block (i32.add (local.get $block) (i32.shl (local.get $length) (i32.const 2))))
        (memory.fill (local.get $block) (i32.const 0) (local.get $gap))
        (local.set $block (i32.add (local.get $block) (local.get $gap)))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $next)))
    (memory.fill
      (local.get $block)
      (i32.const 0)
      (i32.shl (i32.mul (i32.sub (local.get $height) (local.get $rows)) (local.get $size)) (i32.const 2)))))
`;
