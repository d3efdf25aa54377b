;; C = A B for matrices of {number}: what mlp calls in a browser, where NumPy has no BLAS.
;;
;; A tile of C, four rows by two vectors, stays in registers while p walks along four rows of A and
;; eight columns or sixteen of B. Each number is summed over p in order, as in NumPy's own loop, so
;; that both give the same bits. Where a tile would reach beyond C it is moved back, and computes
;; some numbers a second time.
;;
;; Sizes and steps are in bytes. C is contiguous, with at least 4 rows of at least 32 bytes; the
;; numbers in a row of B are neighbors; A may have any steps.
(func (export "{number}")
  (param $rows i32) (param $width i32)  ;; of C; the width in bytes
  (param $terms i32)                    ;; in each sum, at least one
  (param $a i32) (param $a_row i32) (param $a_column i32)
  (param $b i32) (param $b_row i32)
  (param $c i32)
  (local $i i32) (local $j i32) (local $p i32)  ;; row, column in bytes, terms to come
  (local $from_a i32) (local $from_b i32) (local $to i32)
  (local $b0 v128) (local $b1 v128) (local $x v128)
  (local $c00 v128) (local $c01 v128) (local $c10 v128) (local $c11 v128)
  (local $c20 v128) (local $c21 v128) (local $c30 v128) (local $c31 v128)
  (loop $next_rows
    (local.set $j (i32.const 0))
    (loop $next_columns
      (local.set $c00 (v128.const i64x2 0 0))
      (local.set $c01 (local.get $c00))
      (local.set $c10 (local.get $c00))
      (local.set $c11 (local.get $c00))
      (local.set $c20 (local.get $c00))
      (local.set $c21 (local.get $c00))
      (local.set $c30 (local.get $c00))
      (local.set $c31 (local.get $c00))
      (local.set $from_a
        (i32.add (local.get $a) (i32.mul (local.get $i) (local.get $a_row))))
      (local.set $from_b (i32.add (local.get $b) (local.get $j)))
      (local.set $p (local.get $terms))
      (loop $next_term
        (local.set $b0 (v128.load (local.get $from_b)))
        (local.set $b1 (v128.load offset=16 (local.get $from_b)))
        (local.set $to (local.get $from_a))
        (local.set $x ({vector}.splat ({number}.load (local.get $to))))
        (local.set $c00 ({vector}.add (local.get $c00) ({vector}.mul (local.get $x) (local.get $b0))))
        (local.set $c01 ({vector}.add (local.get $c01) ({vector}.mul (local.get $x) (local.get $b1))))
        (local.set $to (i32.add (local.get $to) (local.get $a_row)))
        (local.set $x ({vector}.splat ({number}.load (local.get $to))))
        (local.set $c10 ({vector}.add (local.get $c10) ({vector}.mul (local.get $x) (local.get $b0))))
        (local.set $c11 ({vector}.add (local.get $c11) ({vector}.mul (local.get $x) (local.get $b1))))
        (local.set $to (i32.add (local.get $to) (local.get $a_row)))
        (local.set $x ({vector}.splat ({number}.load (local.get $to))))
        (local.set $c20 ({vector}.add (local.get $c20) ({vector}.mul (local.get $x) (local.get $b0))))
        (local.set $c21 ({vector}.add (local.get $c21) ({vector}.mul (local.get $x) (local.get $b1))))
        (local.set $to (i32.add (local.get $to) (local.get $a_row)))
        (local.set $x ({vector}.splat ({number}.load (local.get $to))))
        (local.set $c30 ({vector}.add (local.get $c30) ({vector}.mul (local.get $x) (local.get $b0))))
        (local.set $c31 ({vector}.add (local.get $c31) ({vector}.mul (local.get $x) (local.get $b1))))
        (local.set $from_a (i32.add (local.get $from_a) (local.get $a_column)))
        (local.set $from_b (i32.add (local.get $from_b) (local.get $b_row)))
        (local.set $p (i32.sub (local.get $p) (i32.const 1)))
        (br_if $next_term (local.get $p)))
      (local.set $to
        (i32.add
          (i32.add (local.get $c) (local.get $j))
          (i32.mul (local.get $i) (local.get $width))))
      (v128.store (local.get $to) (local.get $c00))
      (v128.store offset=16 (local.get $to) (local.get $c01))
      (local.set $to (i32.add (local.get $to) (local.get $width)))
      (v128.store (local.get $to) (local.get $c10))
      (v128.store offset=16 (local.get $to) (local.get $c11))
      (local.set $to (i32.add (local.get $to) (local.get $width)))
      (v128.store (local.get $to) (local.get $c20))
      (v128.store offset=16 (local.get $to) (local.get $c21))
      (local.set $to (i32.add (local.get $to) (local.get $width)))
      (v128.store (local.get $to) (local.get $c30))
      (v128.store offset=16 (local.get $to) (local.get $c31))
      (local.set $j (i32.add (local.get $j) (i32.const 32)))
      (if (i32.lt_s (local.get $j) (local.get $width))
        (then
          (if (i32.gt_s (i32.add (local.get $j) (i32.const 32)) (local.get $width))
            (then (local.set $j (i32.sub (local.get $width) (i32.const 32)))))
          (br $next_columns))))
    (local.set $i (i32.add (local.get $i) (i32.const 4)))
    (if (i32.lt_s (local.get $i) (local.get $rows))
      (then
        (if (i32.gt_s (i32.add (local.get $i) (i32.const 4)) (local.get $rows))
          (then (local.set $i (i32.sub (local.get $rows) (i32.const 4)))))
        (br $next_rows)))))
