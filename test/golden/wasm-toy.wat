(module
  (import "env" "memory" (memory 1))
  (import "env" "scratch" (global i32))
  (func (export "constraintsPart0") (param i32 i32 i32 i32)
    (local v128 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 v128 v128 v128 v128 v128 v128 i32 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128)
    (local.set 4 (v128.load (i32.const 64)))
    (local.set 5 (i32.load offset=8 (local.get 0)))
    (local.set 6 (i32.add (local.get 1) (local.get 2)))
    (local.set 7 (i32.add (global.get 0) (i32.const 6144)))
    (loop
      (local.set 8 (i32.load (local.get 0)))
      (local.set 9 (i32.load offset=4 (local.get 0)))
      (local.set 10 (i32.shl (local.get 1) (i32.const 4)))
      (local.set 11 (i32.load offset=16 (local.get 0)))
      (local.set 12 (i32.sub (i32.const 31) (i32.clz (local.get 1))))
      (local.set 13
        (i32.shl
          (i32.xor
            (local.get 1)
            (i32.and (local.get 11) (select (i32.const -1) (i32.shl (i32.const -1) (local.get 12)) (i32.eqz (local.get 1)))))
          (i32.const 4)))
      (local.set 14 (i32.and (i32.xor (local.get 1) (i32.const -1)) (local.get 11)))
      (local.set 15 (i32.sub (i32.const 31) (i32.clz (local.get 14))))
      (local.set 16
        (i32.shl
          (i32.xor
            (local.get 1)
            (i32.and (local.get 11) (select (i32.const -1) (i32.shl (i32.const -1) (local.get 15)) (i32.eqz (local.get 14)))))
          (i32.const 4)))
      (local.set 17
        (v128.load offset=304
          (i32.shl (i32.add (i32.eqz (local.get 1)) (i32.shl (i32.eq (local.get 1) (local.get 11)) (i32.const 1))) (i32.const 4))))
      (local.set 18 (v128.load (i32.add (i32.load offset=20 (local.get 8)) (local.get 10))))
      (local.set 19 (v128.load32_splat (local.get 5)))
      (local.set 20 (v128.load (i32.add (i32.load (local.get 8)) (local.get 10))))
      (local.set 21 (i32x4.sub (local.get 19) (local.get 20)))
      (local.set 22 (i32x4.min_u (local.get 21) (i32x4.add (local.get 21) (local.get 4))))
      (local.set 23 (i32.load offset=20 (local.get 8)))
      (local.set 24
        (i8x16.swizzle
          (i8x16.shuffle 0 1 2 3 20 21 22 23 8 9 10 11 28 29 30 31
            (v128.load (i32.add (local.get 23) (local.get 13)))
            (v128.load (i32.add (local.get 23) (local.get 16))))
          (local.get 17)))
      (local.set 25 (i32x4.add (local.get 24) (local.get 24)))
      (local.set 26 (i64x2.extmul_low_i32x4_u (local.get 22) (local.get 25)))
      (local.set 27 (i64x2.extmul_high_i32x4_u (local.get 22) (local.get 25)))
      (local.set 28
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 26) (local.get 27)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 26) (local.get 27))))
      (local.set 29 (i32x4.min_u (local.get 28) (i32x4.sub (local.get 28) (local.get 4))))
      (local.set 30 (v128.load (i32.add (i32.load offset=8 (local.get 8)) (local.get 10))))
      (local.set 31 (v128.load (i32.add (i32.load offset=16 (local.get 8)) (local.get 10))))
      (local.set 32 (i32x4.add (local.get 30) (local.get 31)))
      (local.set 33 (i32x4.min_u (local.get 32) (i32x4.sub (local.get 32) (local.get 4))))
      (local.set 34 (i32x4.add (local.get 29) (local.get 33)))
      (local.set 35 (i32x4.min_u (local.get 34) (i32x4.sub (local.get 34) (local.get 4))))
      (local.set 36 (i32x4.sub (local.get 18) (local.get 35)))
      (local.set 37 (i32x4.min_u (local.get 36) (i32x4.add (local.get 36) (local.get 4))))
      (v128.store (local.get 3) (local.get 37))
      (local.set 38 (v128.load (i32.add (i32.load offset=24 (local.get 8)) (local.get 10))))
      (local.set 39 (v128.load (i32.add (i32.load offset=4 (local.get 8)) (local.get 10))))
      (local.set 40 (v128.load (i32.add (i32.load offset=12 (local.get 8)) (local.get 10))))
      (local.set 41 (i32x4.add (local.get 40) (local.get 40)))
      (local.set 42 (i64x2.extmul_low_i32x4_u (local.get 39) (local.get 41)))
      (local.set 43 (i64x2.extmul_high_i32x4_u (local.get 39) (local.get 41)))
      (local.set 44
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 42) (local.get 43)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 42) (local.get 43))))
      (local.set 45 (i32x4.min_u (local.get 44) (i32x4.sub (local.get 44) (local.get 4))))
      (local.set 46 (i32x4.add (local.get 45) (local.get 45)))
      (local.set 47 (i64x2.extmul_low_i32x4_u (local.get 24) (local.get 46)))
      (local.set 48 (i64x2.extmul_high_i32x4_u (local.get 24) (local.get 46)))
      (local.set 49
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 47) (local.get 48)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 47) (local.get 48))))
      (local.set 50 (i32x4.min_u (local.get 49) (i32x4.sub (local.get 49) (local.get 4))))
      (local.set 51 (i32x4.sub (local.get 38) (local.get 50)))
      (local.set 52 (i32x4.min_u (local.get 51) (i32x4.add (local.get 51) (local.get 4))))
      (v128.store offset=512 (local.get 3) (local.get 52))
      (local.set 53 (v128.load (i32.add (i32.load (local.get 9)) (local.get 10))))
      (local.set 54 (v128.load (i32.add (i32.load offset=4 (local.get 9)) (local.get 10))))
      (local.set 55 (v128.load (i32.add (i32.load offset=8 (local.get 9)) (local.get 10))))
      (local.set 56 (v128.load (i32.add (i32.load offset=12 (local.get 9)) (local.get 10))))
      (local.set 57 (v128.load32_splat offset=96 (local.get 5)))
      (local.set 58 (v128.load32_splat offset=100 (local.get 5)))
      (local.set 59 (v128.load32_splat offset=104 (local.get 5)))
      (local.set 60 (v128.load32_splat offset=108 (local.get 5)))
      (local.set 61 (v128.load32_splat offset=48 (local.get 5)))
      (local.set 62 (v128.load32_splat offset=80 (local.get 5)))
      (local.set 63
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 39) (local.get 61))
          (i64x2.extmul_low_i32x4_u (local.get 30) (local.get 62))))
      (local.set 64
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 39) (local.get 61))
          (i64x2.extmul_high_i32x4_u (local.get 30) (local.get 62))))
      (local.set 65 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 63) (local.get 64)))
      (local.set 66 (i32x4.min_u (local.get 65) (i32x4.sub (local.get 65) (local.get 4))))
      (local.set 67
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 63) (local.get 64)) (i32.const 1))
          (local.get 66)))
      (local.set 68 (i32x4.min_u (local.get 67) (i32x4.sub (local.get 67) (local.get 4))))
      (local.set 69 (v128.load32_splat offset=52 (local.get 5)))
      (local.set 70 (v128.load32_splat offset=84 (local.get 5)))
      (local.set 71
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 39) (local.get 69))
          (i64x2.extmul_low_i32x4_u (local.get 30) (local.get 70))))
      (local.set 72
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 39) (local.get 69))
          (i64x2.extmul_high_i32x4_u (local.get 30) (local.get 70))))
      (local.set 73 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 71) (local.get 72)))
      (local.set 74 (i32x4.min_u (local.get 73) (i32x4.sub (local.get 73) (local.get 4))))
      (local.set 75
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 71) (local.get 72)) (i32.const 1))
          (local.get 74)))
      (local.set 76 (i32x4.min_u (local.get 75) (i32x4.sub (local.get 75) (local.get 4))))
      (local.set 77 (v128.load32_splat offset=56 (local.get 5)))
      (local.set 78 (v128.load32_splat offset=88 (local.get 5)))
      (local.set 79
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 39) (local.get 77))
          (i64x2.extmul_low_i32x4_u (local.get 30) (local.get 78))))
      (local.set 80
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 39) (local.get 77))
          (i64x2.extmul_high_i32x4_u (local.get 30) (local.get 78))))
      (local.set 81 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 79) (local.get 80)))
      (local.set 82 (i32x4.min_u (local.get 81) (i32x4.sub (local.get 81) (local.get 4))))
      (local.set 83
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 79) (local.get 80)) (i32.const 1))
          (local.get 82)))
      (local.set 84 (i32x4.min_u (local.get 83) (i32x4.sub (local.get 83) (local.get 4))))
      (local.set 85 (v128.load32_splat offset=60 (local.get 5)))
      (local.set 86 (v128.load32_splat offset=92 (local.get 5)))
      (local.set 87
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 39) (local.get 85))
          (i64x2.extmul_low_i32x4_u (local.get 30) (local.get 86))))
      (local.set 88
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 39) (local.get 85))
          (i64x2.extmul_high_i32x4_u (local.get 30) (local.get 86))))
      (local.set 89 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 87) (local.get 88)))
      (local.set 90 (i32x4.min_u (local.get 89) (i32x4.sub (local.get 89) (local.get 4))))
      (local.set 91
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 87) (local.get 88)) (i32.const 1))
          (local.get 90)))
      (local.set 92 (i32x4.min_u (local.get 91) (i32x4.sub (local.get 91) (local.get 4))))
      (local.set 93 (i32x4.sub (local.get 57) (local.get 68)))
      (local.set 94 (i32x4.min_u (local.get 93) (i32x4.add (local.get 93) (local.get 4))))
      (local.set 95 (i32x4.sub (local.get 58) (local.get 76)))
      (local.set 96 (i32x4.min_u (local.get 95) (i32x4.add (local.get 95) (local.get 4))))
      (local.set 97 (i32x4.sub (local.get 59) (local.get 84)))
      (local.set 98 (i32x4.min_u (local.get 97) (i32x4.add (local.get 97) (local.get 4))))
      (local.set 99 (i32x4.sub (local.get 60) (local.get 92)))
      (local.set 100 (i32x4.min_u (local.get 99) (i32x4.add (local.get 99) (local.get 4))))
      (local.set 101 (v128.load32_splat offset=96 (local.get 5)))
      (local.set 102 (v128.load32_splat offset=100 (local.get 5)))
      (local.set 103 (v128.load32_splat offset=104 (local.get 5)))
      (local.set 104 (v128.load32_splat offset=108 (local.get 5)))
      (local.set 105 (v128.load32_splat offset=48 (local.get 5)))
      (local.set 106 (v128.load32_splat offset=80 (local.get 5)))
      (local.set 107
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 40) (local.get 105))
          (i64x2.extmul_low_i32x4_u (local.get 31) (local.get 106))))
      (local.set 108
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 40) (local.get 105))
          (i64x2.extmul_high_i32x4_u (local.get 31) (local.get 106))))
      (local.set 109 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 107) (local.get 108)))
      (local.set 110 (i32x4.min_u (local.get 109) (i32x4.sub (local.get 109) (local.get 4))))
      (local.set 111
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 107) (local.get 108)) (i32.const 1))
          (local.get 110)))
      (local.set 112 (i32x4.min_u (local.get 111) (i32x4.sub (local.get 111) (local.get 4))))
      (local.set 113 (v128.load32_splat offset=52 (local.get 5)))
      (local.set 114 (v128.load32_splat offset=84 (local.get 5)))
      (local.set 115
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 40) (local.get 113))
          (i64x2.extmul_low_i32x4_u (local.get 31) (local.get 114))))
      (local.set 116
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 40) (local.get 113))
          (i64x2.extmul_high_i32x4_u (local.get 31) (local.get 114))))
      (local.set 117 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 115) (local.get 116)))
      (local.set 118 (i32x4.min_u (local.get 117) (i32x4.sub (local.get 117) (local.get 4))))
      (local.set 119
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 115) (local.get 116)) (i32.const 1))
          (local.get 118)))
      (local.set 120 (i32x4.min_u (local.get 119) (i32x4.sub (local.get 119) (local.get 4))))
      (local.set 121 (v128.load32_splat offset=56 (local.get 5)))
      (local.set 122 (v128.load32_splat offset=88 (local.get 5)))
      (local.set 123
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 40) (local.get 121))
          (i64x2.extmul_low_i32x4_u (local.get 31) (local.get 122))))
      (local.set 124
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 40) (local.get 121))
          (i64x2.extmul_high_i32x4_u (local.get 31) (local.get 122))))
      (local.set 125 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 123) (local.get 124)))
      (local.set 126 (i32x4.min_u (local.get 125) (i32x4.sub (local.get 125) (local.get 4))))
      (local.set 127
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 123) (local.get 124)) (i32.const 1))
          (local.get 126)))
      (local.set 128 (i32x4.min_u (local.get 127) (i32x4.sub (local.get 127) (local.get 4))))
      (local.set 129 (v128.load32_splat offset=60 (local.get 5)))
      (local.set 130 (v128.load32_splat offset=92 (local.get 5)))
      (local.set 131
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 40) (local.get 129))
          (i64x2.extmul_low_i32x4_u (local.get 31) (local.get 130))))
      (local.set 132
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 40) (local.get 129))
          (i64x2.extmul_high_i32x4_u (local.get 31) (local.get 130))))
      (local.set 133 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 131) (local.get 132)))
      (local.set 134 (i32x4.min_u (local.get 133) (i32x4.sub (local.get 133) (local.get 4))))
      (local.set 135
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 131) (local.get 132)) (i32.const 1))
          (local.get 134)))
      (local.set 136 (i32x4.min_u (local.get 135) (i32x4.sub (local.get 135) (local.get 4))))
      (local.set 137 (i32x4.sub (local.get 101) (local.get 112)))
      (local.set 138 (i32x4.min_u (local.get 137) (i32x4.add (local.get 137) (local.get 4))))
      (local.set 139 (i32x4.sub (local.get 102) (local.get 120)))
      (local.set 140 (i32x4.min_u (local.get 139) (i32x4.add (local.get 139) (local.get 4))))
      (local.set 141 (i32x4.sub (local.get 103) (local.get 128)))
      (local.set 142 (i32x4.min_u (local.get 141) (i32x4.add (local.get 141) (local.get 4))))
      (local.set 143 (i32x4.sub (local.get 104) (local.get 136)))
      (local.set 144 (i32x4.min_u (local.get 143) (i32x4.add (local.get 143) (local.get 4))))
      (local.set 145 (i32x4.add (local.get 138) (local.get 138)))
      (local.set 146 (i32x4.add (local.get 140) (local.get 140)))
      (local.set 147 (i32x4.sub (local.get 4) (local.get 96)))
      (local.set 148
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 94) (local.get 145))
          (i64x2.extmul_low_i32x4_u (local.get 147) (local.get 146))))
      (local.set 149
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 94) (local.get 145))
          (i64x2.extmul_high_i32x4_u (local.get 147) (local.get 146))))
      (local.set 150 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 148) (local.get 149)))
      (local.set 151 (i32x4.min_u (local.get 150) (i32x4.sub (local.get 150) (local.get 4))))
      (local.set 152
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 148) (local.get 149)) (i32.const 1))
          (local.get 151)))
      (local.set 153 (i32x4.min_u (local.get 152) (i32x4.sub (local.get 152) (local.get 4))))
      (local.set 154
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 94) (local.get 146))
          (i64x2.extmul_low_i32x4_u (local.get 96) (local.get 145))))
      (local.set 155
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 94) (local.get 146))
          (i64x2.extmul_high_i32x4_u (local.get 96) (local.get 145))))
      (local.set 156 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 154) (local.get 155)))
      (local.set 157 (i32x4.min_u (local.get 156) (i32x4.sub (local.get 156) (local.get 4))))
      (local.set 158
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 154) (local.get 155)) (i32.const 1))
          (local.get 157)))
      (local.set 159 (i32x4.min_u (local.get 158) (i32x4.sub (local.get 158) (local.get 4))))
      (local.set 160 (i32x4.add (local.get 142) (local.get 142)))
      (local.set 161 (i32x4.add (local.get 144) (local.get 144)))
      (local.set 162 (i32x4.sub (local.get 4) (local.get 100)))
      (local.set 163
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 98) (local.get 160))
          (i64x2.extmul_low_i32x4_u (local.get 162) (local.get 161))))
      (local.set 164
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 98) (local.get 160))
          (i64x2.extmul_high_i32x4_u (local.get 162) (local.get 161))))
      (local.set 165 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 163) (local.get 164)))
      (local.set 166 (i32x4.min_u (local.get 165) (i32x4.sub (local.get 165) (local.get 4))))
      (local.set 167
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 163) (local.get 164)) (i32.const 1))
          (local.get 166)))
      (local.set 168 (i32x4.min_u (local.get 167) (i32x4.sub (local.get 167) (local.get 4))))
      (local.set 169
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 98) (local.get 161))
          (i64x2.extmul_low_i32x4_u (local.get 100) (local.get 160))))
      (local.set 170
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 98) (local.get 161))
          (i64x2.extmul_high_i32x4_u (local.get 100) (local.get 160))))
      (local.set 171 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 169) (local.get 170)))
      (local.set 172 (i32x4.min_u (local.get 171) (i32x4.sub (local.get 171) (local.get 4))))
      (local.set 173
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 169) (local.get 170)) (i32.const 1))
          (local.get 172)))
      (local.set 174 (i32x4.min_u (local.get 173) (i32x4.sub (local.get 173) (local.get 4))))
      (local.set 175 (i32x4.add (local.get 94) (local.get 98)))
      (local.set 176 (i32x4.min_u (local.get 175) (i32x4.sub (local.get 175) (local.get 4))))
      (local.set 177 (i32x4.add (local.get 96) (local.get 100)))
      (local.set 178 (i32x4.min_u (local.get 177) (i32x4.sub (local.get 177) (local.get 4))))
      (local.set 179 (i32x4.add (local.get 138) (local.get 142)))
      (local.set 180 (i32x4.min_u (local.get 179) (i32x4.sub (local.get 179) (local.get 4))))
      (local.set 181 (i32x4.add (local.get 140) (local.get 144)))
      (local.set 182 (i32x4.min_u (local.get 181) (i32x4.sub (local.get 181) (local.get 4))))
      (local.set 183 (i32x4.add (local.get 180) (local.get 180)))
      (local.set 184 (i32x4.add (local.get 182) (local.get 182)))
      (local.set 185 (i32x4.sub (local.get 4) (local.get 178)))
      (local.set 186
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 176) (local.get 183))
          (i64x2.extmul_low_i32x4_u (local.get 185) (local.get 184))))
      (local.set 187
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 176) (local.get 183))
          (i64x2.extmul_high_i32x4_u (local.get 185) (local.get 184))))
      (local.set 188 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 186) (local.get 187)))
      (local.set 189 (i32x4.min_u (local.get 188) (i32x4.sub (local.get 188) (local.get 4))))
      (local.set 190
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 186) (local.get 187)) (i32.const 1))
          (local.get 189)))
      (local.set 191 (i32x4.min_u (local.get 190) (i32x4.sub (local.get 190) (local.get 4))))
      (local.set 192
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 176) (local.get 184))
          (i64x2.extmul_low_i32x4_u (local.get 178) (local.get 183))))
      (local.set 193
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 176) (local.get 184))
          (i64x2.extmul_high_i32x4_u (local.get 178) (local.get 183))))
      (local.set 194 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 192) (local.get 193)))
      (local.set 195 (i32x4.min_u (local.get 194) (i32x4.sub (local.get 194) (local.get 4))))
      (local.set 196
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 192) (local.get 193)) (i32.const 1))
          (local.get 195)))
      (local.set 197 (i32x4.min_u (local.get 196) (i32x4.sub (local.get 196) (local.get 4))))
      (local.set 198 (i32x4.add (local.get 168) (local.get 168)))
      (local.set 199 (i32x4.min_u (local.get 198) (i32x4.sub (local.get 198) (local.get 4))))
      (local.set 200 (i32x4.sub (local.get 199) (local.get 174)))
      (local.set 201 (i32x4.min_u (local.get 200) (i32x4.add (local.get 200) (local.get 4))))
      (local.set 202 (i32x4.add (local.get 174) (local.get 174)))
      (local.set 203 (i32x4.min_u (local.get 202) (i32x4.sub (local.get 202) (local.get 4))))
      (local.set 204 (i32x4.add (local.get 168) (local.get 203)))
      (local.set 205 (i32x4.min_u (local.get 204) (i32x4.sub (local.get 204) (local.get 4))))
      (local.set 206 (i32x4.add (local.get 153) (local.get 201)))
      (local.set 207 (i32x4.min_u (local.get 206) (i32x4.sub (local.get 206) (local.get 4))))
      (local.set 208 (i32x4.add (local.get 159) (local.get 205)))
      (local.set 209 (i32x4.min_u (local.get 208) (i32x4.sub (local.get 208) (local.get 4))))
      (local.set 210 (i32x4.add (local.get 153) (local.get 168)))
      (local.set 211 (i32x4.min_u (local.get 210) (i32x4.sub (local.get 210) (local.get 4))))
      (local.set 212 (i32x4.add (local.get 159) (local.get 174)))
      (local.set 213 (i32x4.min_u (local.get 212) (i32x4.sub (local.get 212) (local.get 4))))
      (local.set 214 (i32x4.sub (local.get 191) (local.get 211)))
      (local.set 215 (i32x4.min_u (local.get 214) (i32x4.add (local.get 214) (local.get 4))))
      (local.set 216 (i32x4.sub (local.get 197) (local.get 213)))
      (local.set 217 (i32x4.min_u (local.get 216) (i32x4.add (local.get 216) (local.get 4))))
      (local.set 218 (i32x4.add (local.get 207) (local.get 207)))
      (local.set 219 (i32x4.add (local.get 209) (local.get 209)))
      (local.set 220 (i32x4.sub (local.get 4) (local.get 54)))
      (local.set 221
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 53) (local.get 218))
          (i64x2.extmul_low_i32x4_u (local.get 220) (local.get 219))))
      (local.set 222
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 53) (local.get 218))
          (i64x2.extmul_high_i32x4_u (local.get 220) (local.get 219))))
      (local.set 223 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 221) (local.get 222)))
      (local.set 224 (i32x4.min_u (local.get 223) (i32x4.sub (local.get 223) (local.get 4))))
      (local.set 225
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 221) (local.get 222)) (i32.const 1))
          (local.get 224)))
      (local.set 226 (i32x4.min_u (local.get 225) (i32x4.sub (local.get 225) (local.get 4))))
      (local.set 227
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 53) (local.get 219))
          (i64x2.extmul_low_i32x4_u (local.get 54) (local.get 218))))
      (local.set 228
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 53) (local.get 219))
          (i64x2.extmul_high_i32x4_u (local.get 54) (local.get 218))))
      (local.set 229 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 227) (local.get 228)))
      (local.set 230 (i32x4.min_u (local.get 229) (i32x4.sub (local.get 229) (local.get 4))))
      (local.set 231
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 227) (local.get 228)) (i32.const 1))
          (local.get 230)))
      (local.set 232 (i32x4.min_u (local.get 231) (i32x4.sub (local.get 231) (local.get 4))))
      (local.set 233 (i32x4.add (local.get 215) (local.get 215)))
      (local.set 234 (i32x4.add (local.get 217) (local.get 217)))
      (local.set 235 (i32x4.sub (local.get 4) (local.get 56)))
      (local.set 236
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 55) (local.get 233))
          (i64x2.extmul_low_i32x4_u (local.get 235) (local.get 234))))
      (local.set 237
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 55) (local.get 233))
          (i64x2.extmul_high_i32x4_u (local.get 235) (local.get 234))))
      (local.set 238 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 236) (local.get 237)))
      (local.set 239 (i32x4.min_u (local.get 238) (i32x4.sub (local.get 238) (local.get 4))))
      (local.set 240
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 236) (local.get 237)) (i32.const 1))
          (local.get 239)))
      (local.set 241 (i32x4.min_u (local.get 240) (i32x4.sub (local.get 240) (local.get 4))))
      (local.set 242
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 55) (local.get 234))
          (i64x2.extmul_low_i32x4_u (local.get 56) (local.get 233))))
      (local.set 243
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 55) (local.get 234))
          (i64x2.extmul_high_i32x4_u (local.get 56) (local.get 233))))
      (local.set 244 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 242) (local.get 243)))
      (local.set 245 (i32x4.min_u (local.get 244) (i32x4.sub (local.get 244) (local.get 4))))
      (local.set 246
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 242) (local.get 243)) (i32.const 1))
          (local.get 245)))
      (local.set 247 (i32x4.min_u (local.get 246) (i32x4.sub (local.get 246) (local.get 4))))
      (local.set 248 (i32x4.add (local.get 53) (local.get 55)))
      (local.set 249 (i32x4.min_u (local.get 248) (i32x4.sub (local.get 248) (local.get 4))))
      (local.set 250 (i32x4.add (local.get 54) (local.get 56)))
      (local.set 251 (i32x4.min_u (local.get 250) (i32x4.sub (local.get 250) (local.get 4))))
      (local.set 252 (i32x4.add (local.get 207) (local.get 215)))
      (local.set 253 (i32x4.min_u (local.get 252) (i32x4.sub (local.get 252) (local.get 4))))
      (local.set 254 (i32x4.add (local.get 209) (local.get 217)))
      (local.set 255 (i32x4.min_u (local.get 254) (i32x4.sub (local.get 254) (local.get 4))))
      (local.set 256 (i32x4.add (local.get 253) (local.get 253)))
      (local.set 257 (i32x4.add (local.get 255) (local.get 255)))
      (local.set 258 (i32x4.sub (local.get 4) (local.get 251)))
      (local.set 259
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 249) (local.get 256))
          (i64x2.extmul_low_i32x4_u (local.get 258) (local.get 257))))
      (local.set 260
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 249) (local.get 256))
          (i64x2.extmul_high_i32x4_u (local.get 258) (local.get 257))))
      (local.set 261 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 259) (local.get 260)))
      (local.set 262 (i32x4.min_u (local.get 261) (i32x4.sub (local.get 261) (local.get 4))))
      (local.set 263
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 259) (local.get 260)) (i32.const 1))
          (local.get 262)))
      (local.set 264 (i32x4.min_u (local.get 263) (i32x4.sub (local.get 263) (local.get 4))))
      (local.set 265
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 249) (local.get 257))
          (i64x2.extmul_low_i32x4_u (local.get 251) (local.get 256))))
      (local.set 266
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 249) (local.get 257))
          (i64x2.extmul_high_i32x4_u (local.get 251) (local.get 256))))
      (local.set 267 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 265) (local.get 266)))
      (local.set 268 (i32x4.min_u (local.get 267) (i32x4.sub (local.get 267) (local.get 4))))
      (local.set 269
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 265) (local.get 266)) (i32.const 1))
          (local.get 268)))
      (local.set 270 (i32x4.min_u (local.get 269) (i32x4.sub (local.get 269) (local.get 4))))
      (local.set 271 (i32x4.add (local.get 241) (local.get 241)))
      (local.set 272 (i32x4.min_u (local.get 271) (i32x4.sub (local.get 271) (local.get 4))))
      (local.set 273 (i32x4.sub (local.get 272) (local.get 247)))
      (local.set 274 (i32x4.min_u (local.get 273) (i32x4.add (local.get 273) (local.get 4))))
      (local.set 275 (i32x4.add (local.get 247) (local.get 247)))
      (local.set 276 (i32x4.min_u (local.get 275) (i32x4.sub (local.get 275) (local.get 4))))
      (local.set 277 (i32x4.add (local.get 241) (local.get 276)))
      (local.set 278 (i32x4.min_u (local.get 277) (i32x4.sub (local.get 277) (local.get 4))))
      (local.set 279 (i32x4.add (local.get 226) (local.get 274)))
      (local.set 280 (i32x4.min_u (local.get 279) (i32x4.sub (local.get 279) (local.get 4))))
      (local.set 281 (i32x4.add (local.get 232) (local.get 278)))
      (local.set 282 (i32x4.min_u (local.get 281) (i32x4.sub (local.get 281) (local.get 4))))
      (local.set 283 (i32x4.add (local.get 226) (local.get 241)))
      (local.set 284 (i32x4.min_u (local.get 283) (i32x4.sub (local.get 283) (local.get 4))))
      (local.set 285 (i32x4.add (local.get 232) (local.get 247)))
      (local.set 286 (i32x4.min_u (local.get 285) (i32x4.sub (local.get 285) (local.get 4))))
      (local.set 287 (i32x4.sub (local.get 264) (local.get 284)))
      (local.set 288 (i32x4.min_u (local.get 287) (i32x4.add (local.get 287) (local.get 4))))
      (local.set 289 (i32x4.sub (local.get 270) (local.get 286)))
      (local.set 290 (i32x4.min_u (local.get 289) (i32x4.add (local.get 289) (local.get 4))))
      (local.set 291 (i32x4.add (local.get 94) (local.get 138)))
      (local.set 292 (i32x4.min_u (local.get 291) (i32x4.sub (local.get 291) (local.get 4))))
      (local.set 293 (i32x4.add (local.get 96) (local.get 140)))
      (local.set 294 (i32x4.min_u (local.get 293) (i32x4.sub (local.get 293) (local.get 4))))
      (local.set 295 (i32x4.add (local.get 98) (local.get 142)))
      (local.set 296 (i32x4.min_u (local.get 295) (i32x4.sub (local.get 295) (local.get 4))))
      (local.set 297 (i32x4.add (local.get 100) (local.get 144)))
      (local.set 298 (i32x4.min_u (local.get 297) (i32x4.sub (local.get 297) (local.get 4))))
      (local.set 299 (i32x4.sub (local.get 280) (local.get 292)))
      (local.set 300 (i32x4.min_u (local.get 299) (i32x4.add (local.get 299) (local.get 4))))
      (local.set 301 (i32x4.sub (local.get 282) (local.get 294)))
      (local.set 302 (i32x4.min_u (local.get 301) (i32x4.add (local.get 301) (local.get 4))))
      (local.set 303 (i32x4.sub (local.get 288) (local.get 296)))
      (local.set 304 (i32x4.min_u (local.get 303) (i32x4.add (local.get 303) (local.get 4))))
      (local.set 305 (i32x4.sub (local.get 290) (local.get 298)))
      (local.set 306 (i32x4.min_u (local.get 305) (i32x4.add (local.get 305) (local.get 4))))
      (v128.store offset=1024 (local.get 3) (local.get 300))
      (v128.store offset=1536 (local.get 3) (local.get 302))
      (v128.store offset=2048 (local.get 3) (local.get 304))
      (v128.store offset=2560 (local.get 3) (local.get 306))
      (local.set 307 (v128.load (i32.add (i32.load offset=16 (local.get 9)) (local.get 10))))
      (local.set 308 (v128.load (i32.add (i32.load offset=20 (local.get 9)) (local.get 10))))
      (local.set 309 (v128.load (i32.add (i32.load offset=24 (local.get 9)) (local.get 10))))
      (local.set 310 (v128.load (i32.add (i32.load offset=28 (local.get 9)) (local.get 10))))
      (local.set 311 (i32x4.sub (local.get 307) (local.get 53)))
      (local.set 312 (i32x4.min_u (local.get 311) (i32x4.add (local.get 311) (local.get 4))))
      (local.set 313 (i32x4.sub (local.get 308) (local.get 54)))
      (local.set 314 (i32x4.min_u (local.get 313) (i32x4.add (local.get 313) (local.get 4))))
      (local.set 315 (i32x4.sub (local.get 309) (local.get 55)))
      (local.set 316 (i32x4.min_u (local.get 315) (i32x4.add (local.get 315) (local.get 4))))
      (local.set 317 (i32x4.sub (local.get 310) (local.get 56)))
      (local.set 318 (i32x4.min_u (local.get 317) (i32x4.add (local.get 317) (local.get 4))))
      (local.set 319 (i32x4.add (local.get 312) (local.get 312)))
      (local.set 320 (i32x4.add (local.get 314) (local.get 314)))
      (local.set 321 (i32x4.sub (local.get 4) (local.get 96)))
      (local.set 322
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 94) (local.get 319))
          (i64x2.extmul_low_i32x4_u (local.get 321) (local.get 320))))
      (local.set 323
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 94) (local.get 319))
          (i64x2.extmul_high_i32x4_u (local.get 321) (local.get 320))))
      (local.set 324 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 322) (local.get 323)))
      (local.set 325 (i32x4.min_u (local.get 324) (i32x4.sub (local.get 324) (local.get 4))))
      (local.set 326
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 322) (local.get 323)) (i32.const 1))
          (local.get 325)))
      (local.set 327 (i32x4.min_u (local.get 326) (i32x4.sub (local.get 326) (local.get 4))))
      (local.set 328
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 94) (local.get 320))
          (i64x2.extmul_low_i32x4_u (local.get 96) (local.get 319))))
      (local.set 329
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 94) (local.get 320))
          (i64x2.extmul_high_i32x4_u (local.get 96) (local.get 319))))
      (local.set 330 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 328) (local.get 329)))
      (local.set 331 (i32x4.min_u (local.get 330) (i32x4.sub (local.get 330) (local.get 4))))
      (local.set 332
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 328) (local.get 329)) (i32.const 1))
          (local.get 331)))
      (local.set 333 (i32x4.min_u (local.get 332) (i32x4.sub (local.get 332) (local.get 4))))
      (local.set 334 (i32x4.add (local.get 316) (local.get 316)))
      (local.set 335 (i32x4.add (local.get 318) (local.get 318)))
      (local.set 336 (i32x4.sub (local.get 4) (local.get 100)))
      (local.set 337
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 98) (local.get 334))
          (i64x2.extmul_low_i32x4_u (local.get 336) (local.get 335))))
      (local.set 338
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 98) (local.get 334))
          (i64x2.extmul_high_i32x4_u (local.get 336) (local.get 335))))
      (local.set 339 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 337) (local.get 338)))
      (local.set 340 (i32x4.min_u (local.get 339) (i32x4.sub (local.get 339) (local.get 4))))
      (local.set 341
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 337) (local.get 338)) (i32.const 1))
          (local.get 340)))
      (local.set 342 (i32x4.min_u (local.get 341) (i32x4.sub (local.get 341) (local.get 4))))
      (local.set 343
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 98) (local.get 335))
          (i64x2.extmul_low_i32x4_u (local.get 100) (local.get 334))))
      (local.set 344
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 98) (local.get 335))
          (i64x2.extmul_high_i32x4_u (local.get 100) (local.get 334))))
      (local.set 345 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 343) (local.get 344)))
      (local.set 346 (i32x4.min_u (local.get 345) (i32x4.sub (local.get 345) (local.get 4))))
      (local.set 347
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 343) (local.get 344)) (i32.const 1))
          (local.get 346)))
      (local.set 348 (i32x4.min_u (local.get 347) (i32x4.sub (local.get 347) (local.get 4))))
      (local.set 349 (i32x4.add (local.get 94) (local.get 98)))
      (local.set 350 (i32x4.min_u (local.get 349) (i32x4.sub (local.get 349) (local.get 4))))
      (local.set 351 (i32x4.add (local.get 96) (local.get 100)))
      (local.set 352 (i32x4.min_u (local.get 351) (i32x4.sub (local.get 351) (local.get 4))))
      (local.set 353 (i32x4.add (local.get 312) (local.get 316)))
      (local.set 354 (i32x4.min_u (local.get 353) (i32x4.sub (local.get 353) (local.get 4))))
      (local.set 355 (i32x4.add (local.get 314) (local.get 318)))
      (local.set 356 (i32x4.min_u (local.get 355) (i32x4.sub (local.get 355) (local.get 4))))
      (local.set 357 (i32x4.add (local.get 354) (local.get 354)))
      (local.set 358 (i32x4.add (local.get 356) (local.get 356)))
      (local.set 359 (i32x4.sub (local.get 4) (local.get 352)))
      (local.set 360
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 350) (local.get 357))
          (i64x2.extmul_low_i32x4_u (local.get 359) (local.get 358))))
      (local.set 361
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 350) (local.get 357))
          (i64x2.extmul_high_i32x4_u (local.get 359) (local.get 358))))
      (local.set 362 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 360) (local.get 361)))
      (local.set 363 (i32x4.min_u (local.get 362) (i32x4.sub (local.get 362) (local.get 4))))
      (local.set 364
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 360) (local.get 361)) (i32.const 1))
          (local.get 363)))
      (local.set 365 (i32x4.min_u (local.get 364) (i32x4.sub (local.get 364) (local.get 4))))
      (local.set 366
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 350) (local.get 358))
          (i64x2.extmul_low_i32x4_u (local.get 352) (local.get 357))))
      (local.set 367
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 350) (local.get 358))
          (i64x2.extmul_high_i32x4_u (local.get 352) (local.get 357))))
      (local.set 368 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 366) (local.get 367)))
      (local.set 369 (i32x4.min_u (local.get 368) (i32x4.sub (local.get 368) (local.get 4))))
      (local.set 370
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 366) (local.get 367)) (i32.const 1))
          (local.get 369)))
      (local.set 371 (i32x4.min_u (local.get 370) (i32x4.sub (local.get 370) (local.get 4))))
      (local.set 372 (i32x4.add (local.get 342) (local.get 342)))
      (local.set 373 (i32x4.min_u (local.get 372) (i32x4.sub (local.get 372) (local.get 4))))
      (local.set 374 (i32x4.sub (local.get 373) (local.get 348)))
      (local.set 375 (i32x4.min_u (local.get 374) (i32x4.add (local.get 374) (local.get 4))))
      (local.set 376 (i32x4.add (local.get 348) (local.get 348)))
      (local.set 377 (i32x4.min_u (local.get 376) (i32x4.sub (local.get 376) (local.get 4))))
      (local.set 378 (i32x4.add (local.get 342) (local.get 377)))
      (local.set 379 (i32x4.min_u (local.get 378) (i32x4.sub (local.get 378) (local.get 4))))
      (local.set 380 (i32x4.add (local.get 327) (local.get 375)))
      (local.set 381 (i32x4.min_u (local.get 380) (i32x4.sub (local.get 380) (local.get 4))))
      (local.set 382 (i32x4.add (local.get 333) (local.get 379)))
      (local.set 383 (i32x4.min_u (local.get 382) (i32x4.sub (local.get 382) (local.get 4))))
      (local.set 384 (i32x4.add (local.get 327) (local.get 342)))
      (local.set 385 (i32x4.min_u (local.get 384) (i32x4.sub (local.get 384) (local.get 4))))
      (local.set 386 (i32x4.add (local.get 333) (local.get 348)))
      (local.set 387 (i32x4.min_u (local.get 386) (i32x4.sub (local.get 386) (local.get 4))))
      (local.set 388 (i32x4.sub (local.get 365) (local.get 385)))
      (local.set 389 (i32x4.min_u (local.get 388) (i32x4.add (local.get 388) (local.get 4))))
      (local.set 390 (i32x4.sub (local.get 371) (local.get 387)))
      (local.set 391 (i32x4.min_u (local.get 390) (i32x4.add (local.get 390) (local.get 4))))
      (local.set 392 (i32x4.sub (local.get 381) (local.get 20)))
      (local.set 393 (i32x4.min_u (local.get 392) (i32x4.add (local.get 392) (local.get 4))))
      (v128.store offset=3072 (local.get 3) (local.get 393))
      (v128.store offset=3584 (local.get 3) (local.get 383))
      (v128.store offset=4096 (local.get 3) (local.get 389))
      (v128.store offset=4608 (local.get 3) (local.get 391))
      (local.set 7 (i32.add (local.get 7) (i32.const 0)))
      (local.set 3 (i32.add (local.get 3) (i32.const 16)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 6)))))
  (func (export "numeratorsPart0") (param i32 i32 i32 i32)
    (local v128 i32 i32 i32 i32 i32 i32 v128 v128 v128)
    (local.set 4 (v128.load (i32.const 64)))
    (local.set 5 (i32.load offset=8 (local.get 0)))
    (local.set 6 (i32.add (local.get 1) (local.get 2)))
    (local.set 7 (i32.add (global.get 0) (i32.const 13824)))
    (loop
      (local.set 8 (i32.load (local.get 0)))
      (local.set 9 (i32.load offset=4 (local.get 0)))
      (local.set 10 (i32.shl (local.get 1) (i32.const 4)))
      (local.set 11 (v128.load32_splat (local.get 5)))
      (v128.store (local.get 3) (local.get 11))
      (local.set 12 (v128.load32_splat (local.get 5)))
      (v128.store offset=16 (local.get 3) (local.get 12))
      (local.set 13 (v128.load (i32.add (i32.load (local.get 8)) (local.get 10))))
      (v128.store offset=32 (local.get 3) (local.get 13))
      (local.set 7 (i32.add (local.get 7) (i32.const 0)))
      (local.set 3 (i32.add (local.get 3) (i32.const 48)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 6)))))
  (func (export "invert") (param i32 i32 i32) (result i32)
    (local v128 v128 i32 i32 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128)
    (local.set 3 (v128.load (i32.const 64)))
    (local.set 4 (v128.const i32x4 0x1 0x1 0x1 0x1))
    (local.set 5 (i32.add (local.get 0) (i32.shl (local.get 2) (i32.const 6))))
    (local.set 6 (local.get 0))
    (loop
      (local.set 7 (v128.load (local.get 6)))
      (local.set 8 (v128.load offset=16 (local.get 6)))
      (local.set 9 (v128.load offset=32 (local.get 6)))
      (local.set 10 (v128.load offset=48 (local.get 6)))
      (local.set 11 (i32x4.add (local.get 8) (local.get 8)))
      (local.set 12 (i64x2.extmul_low_i32x4_u (local.get 7) (local.get 11)))
      (local.set 13 (i64x2.extmul_high_i32x4_u (local.get 7) (local.get 11)))
      (local.set 14
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 12) (local.get 13)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 12) (local.get 13))))
      (local.set 15 (i32x4.min_u (local.get 14) (i32x4.sub (local.get 14) (local.get 3))))
      (local.set 16 (i32x4.add (local.get 7) (local.get 8)))
      (local.set 17 (i32x4.min_u (local.get 16) (i32x4.sub (local.get 16) (local.get 3))))
      (local.set 18 (i32x4.sub (local.get 7) (local.get 8)))
      (local.set 19 (i32x4.min_u (local.get 18) (i32x4.add (local.get 18) (local.get 3))))
      (local.set 20 (i32x4.add (local.get 19) (local.get 19)))
      (local.set 21 (i64x2.extmul_low_i32x4_u (local.get 17) (local.get 20)))
      (local.set 22 (i64x2.extmul_high_i32x4_u (local.get 17) (local.get 20)))
      (local.set 23
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 21) (local.get 22)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 21) (local.get 22))))
      (local.set 24 (i32x4.min_u (local.get 23) (i32x4.sub (local.get 23) (local.get 3))))
      (local.set 25 (i32x4.add (local.get 15) (local.get 15)))
      (local.set 26 (i32x4.min_u (local.get 25) (i32x4.sub (local.get 25) (local.get 3))))
      (local.set 27 (i32x4.add (local.get 10) (local.get 10)))
      (local.set 28 (i64x2.extmul_low_i32x4_u (local.get 9) (local.get 27)))
      (local.set 29 (i64x2.extmul_high_i32x4_u (local.get 9) (local.get 27)))
      (local.set 30
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 28) (local.get 29)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 28) (local.get 29))))
      (local.set 31 (i32x4.min_u (local.get 30) (i32x4.sub (local.get 30) (local.get 3))))
      (local.set 32 (i32x4.add (local.get 9) (local.get 10)))
      (local.set 33 (i32x4.min_u (local.get 32) (i32x4.sub (local.get 32) (local.get 3))))
      (local.set 34 (i32x4.sub (local.get 9) (local.get 10)))
      (local.set 35 (i32x4.min_u (local.get 34) (i32x4.add (local.get 34) (local.get 3))))
      (local.set 36 (i32x4.add (local.get 35) (local.get 35)))
      (local.set 37 (i64x2.extmul_low_i32x4_u (local.get 33) (local.get 36)))
      (local.set 38 (i64x2.extmul_high_i32x4_u (local.get 33) (local.get 36)))
      (local.set 39
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 37) (local.get 38)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 37) (local.get 38))))
      (local.set 40 (i32x4.min_u (local.get 39) (i32x4.sub (local.get 39) (local.get 3))))
      (local.set 41 (i32x4.add (local.get 31) (local.get 31)))
      (local.set 42 (i32x4.min_u (local.get 41) (i32x4.sub (local.get 41) (local.get 3))))
      (local.set 43 (i32x4.add (local.get 40) (local.get 40)))
      (local.set 44 (i32x4.min_u (local.get 43) (i32x4.sub (local.get 43) (local.get 3))))
      (local.set 45 (i32x4.sub (local.get 44) (local.get 42)))
      (local.set 46 (i32x4.min_u (local.get 45) (i32x4.add (local.get 45) (local.get 3))))
      (local.set 47 (i32x4.add (local.get 42) (local.get 42)))
      (local.set 48 (i32x4.min_u (local.get 47) (i32x4.sub (local.get 47) (local.get 3))))
      (local.set 49 (i32x4.add (local.get 40) (local.get 48)))
      (local.set 50 (i32x4.min_u (local.get 49) (i32x4.sub (local.get 49) (local.get 3))))
      (local.set 51 (i32x4.sub (local.get 24) (local.get 46)))
      (local.set 52 (i32x4.min_u (local.get 51) (i32x4.add (local.get 51) (local.get 3))))
      (local.set 53 (i32x4.sub (local.get 26) (local.get 50)))
      (local.set 54 (i32x4.min_u (local.get 53) (i32x4.add (local.get 53) (local.get 3))))
      (local.set 55 (i32x4.add (local.get 52) (local.get 52)))
      (local.set 56 (i32x4.add (local.get 54) (local.get 54)))
      (local.set 57
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 52) (local.get 55))
          (i64x2.extmul_low_i32x4_u (local.get 54) (local.get 56))))
      (local.set 58
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 52) (local.get 55))
          (i64x2.extmul_high_i32x4_u (local.get 54) (local.get 56))))
      (local.set 59 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 57) (local.get 58)))
      (local.set 60 (i32x4.min_u (local.get 59) (i32x4.sub (local.get 59) (local.get 3))))
      (local.set 61
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 57) (local.get 58)) (i32.const 1))
          (local.get 60)))
      (local.set 62 (i32x4.min_u (local.get 61) (i32x4.sub (local.get 61) (local.get 3))))
      (v128.store (local.get 1) (local.get 52))
      (v128.store offset=16 (local.get 1) (local.get 54))
      (v128.store offset=32 (local.get 1) (local.get 62))
      (v128.store offset=48 (local.get 1) (local.get 4))
      (local.set 63 (i32x4.add (local.get 62) (local.get 62)))
      (local.set 64 (i64x2.extmul_low_i32x4_u (local.get 4) (local.get 63)))
      (local.set 65 (i64x2.extmul_high_i32x4_u (local.get 4) (local.get 63)))
      (local.set 66
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 64) (local.get 65)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 64) (local.get 65))))
      (local.set 67 (i32x4.min_u (local.get 66) (i32x4.sub (local.get 66) (local.get 3))))
      (local.set 4 (local.get 67))
      (local.set 1 (i32.add (local.get 1) (i32.const 64)))
      (local.set 6 (i32.add (local.get 6) (i32.const 64)))
      (br_if 0 (i32.lt_u (local.get 6) (local.get 5))))
    (if
      (i32x4.bitmask (i32x4.eq (local.get 4) (v128.const i32x4 0x0 0x0 0x0 0x0)))
      (then
        (return (i32.const 0))))
    (local.set 68 (i32x4.add (local.get 4) (local.get 4)))
    (local.set 69 (i64x2.extmul_low_i32x4_u (local.get 4) (local.get 68)))
    (local.set 70 (i64x2.extmul_high_i32x4_u (local.get 4) (local.get 68)))
    (local.set 71
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 69) (local.get 70)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 69) (local.get 70))))
    (local.set 72 (i32x4.min_u (local.get 71) (i32x4.sub (local.get 71) (local.get 3))))
    (local.set 73 (i32x4.add (local.get 4) (local.get 4)))
    (local.set 74 (i64x2.extmul_low_i32x4_u (local.get 72) (local.get 73)))
    (local.set 75 (i64x2.extmul_high_i32x4_u (local.get 72) (local.get 73)))
    (local.set 76
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 74) (local.get 75)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 74) (local.get 75))))
    (local.set 77 (i32x4.min_u (local.get 76) (i32x4.sub (local.get 76) (local.get 3))))
    (local.set 78 (i32x4.add (local.get 77) (local.get 77)))
    (local.set 79 (i64x2.extmul_low_i32x4_u (local.get 77) (local.get 78)))
    (local.set 80 (i64x2.extmul_high_i32x4_u (local.get 77) (local.get 78)))
    (local.set 81
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 79) (local.get 80)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 79) (local.get 80))))
    (local.set 82 (i32x4.min_u (local.get 81) (i32x4.sub (local.get 81) (local.get 3))))
    (local.set 83 (i32x4.add (local.get 4) (local.get 4)))
    (local.set 84 (i64x2.extmul_low_i32x4_u (local.get 82) (local.get 83)))
    (local.set 85 (i64x2.extmul_high_i32x4_u (local.get 82) (local.get 83)))
    (local.set 86
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 84) (local.get 85)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 84) (local.get 85))))
    (local.set 87 (i32x4.min_u (local.get 86) (i32x4.sub (local.get 86) (local.get 3))))
    (local.set 88 (i32x4.add (local.get 87) (local.get 87)))
    (local.set 89 (i64x2.extmul_low_i32x4_u (local.get 87) (local.get 88)))
    (local.set 90 (i64x2.extmul_high_i32x4_u (local.get 87) (local.get 88)))
    (local.set 91
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 89) (local.get 90)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 89) (local.get 90))))
    (local.set 92 (i32x4.min_u (local.get 91) (i32x4.sub (local.get 91) (local.get 3))))
    (local.set 93 (i32x4.add (local.get 92) (local.get 92)))
    (local.set 94 (i64x2.extmul_low_i32x4_u (local.get 92) (local.get 93)))
    (local.set 95 (i64x2.extmul_high_i32x4_u (local.get 92) (local.get 93)))
    (local.set 96
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 94) (local.get 95)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 94) (local.get 95))))
    (local.set 97 (i32x4.min_u (local.get 96) (i32x4.sub (local.get 96) (local.get 3))))
    (local.set 98 (i32x4.add (local.get 97) (local.get 97)))
    (local.set 99 (i64x2.extmul_low_i32x4_u (local.get 97) (local.get 98)))
    (local.set 100 (i64x2.extmul_high_i32x4_u (local.get 97) (local.get 98)))
    (local.set 101
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 99) (local.get 100)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 99) (local.get 100))))
    (local.set 102 (i32x4.min_u (local.get 101) (i32x4.sub (local.get 101) (local.get 3))))
    (local.set 103 (i32x4.add (local.get 87) (local.get 87)))
    (local.set 104 (i64x2.extmul_low_i32x4_u (local.get 102) (local.get 103)))
    (local.set 105 (i64x2.extmul_high_i32x4_u (local.get 102) (local.get 103)))
    (local.set 106
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 104) (local.get 105)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 104) (local.get 105))))
    (local.set 107 (i32x4.min_u (local.get 106) (i32x4.sub (local.get 106) (local.get 3))))
    (local.set 108 (i32x4.add (local.get 107) (local.get 107)))
    (local.set 109 (i64x2.extmul_low_i32x4_u (local.get 107) (local.get 108)))
    (local.set 110 (i64x2.extmul_high_i32x4_u (local.get 107) (local.get 108)))
    (local.set 111
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 109) (local.get 110)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 109) (local.get 110))))
    (local.set 112 (i32x4.min_u (local.get 111) (i32x4.sub (local.get 111) (local.get 3))))
    (local.set 113 (i32x4.add (local.get 4) (local.get 4)))
    (local.set 114 (i64x2.extmul_low_i32x4_u (local.get 112) (local.get 113)))
    (local.set 115 (i64x2.extmul_high_i32x4_u (local.get 112) (local.get 113)))
    (local.set 116
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 114) (local.get 115)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 114) (local.get 115))))
    (local.set 117 (i32x4.min_u (local.get 116) (i32x4.sub (local.get 116) (local.get 3))))
    (local.set 118 (i32x4.add (local.get 117) (local.get 117)))
    (local.set 119 (i64x2.extmul_low_i32x4_u (local.get 117) (local.get 118)))
    (local.set 120 (i64x2.extmul_high_i32x4_u (local.get 117) (local.get 118)))
    (local.set 121
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 119) (local.get 120)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 119) (local.get 120))))
    (local.set 122 (i32x4.min_u (local.get 121) (i32x4.sub (local.get 121) (local.get 3))))
    (local.set 123 (i32x4.add (local.get 122) (local.get 122)))
    (local.set 124 (i64x2.extmul_low_i32x4_u (local.get 122) (local.get 123)))
    (local.set 125 (i64x2.extmul_high_i32x4_u (local.get 122) (local.get 123)))
    (local.set 126
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 124) (local.get 125)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 124) (local.get 125))))
    (local.set 127 (i32x4.min_u (local.get 126) (i32x4.sub (local.get 126) (local.get 3))))
    (local.set 128 (i32x4.add (local.get 127) (local.get 127)))
    (local.set 129 (i64x2.extmul_low_i32x4_u (local.get 127) (local.get 128)))
    (local.set 130 (i64x2.extmul_high_i32x4_u (local.get 127) (local.get 128)))
    (local.set 131
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 129) (local.get 130)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 129) (local.get 130))))
    (local.set 132 (i32x4.min_u (local.get 131) (i32x4.sub (local.get 131) (local.get 3))))
    (local.set 133 (i32x4.add (local.get 132) (local.get 132)))
    (local.set 134 (i64x2.extmul_low_i32x4_u (local.get 132) (local.get 133)))
    (local.set 135 (i64x2.extmul_high_i32x4_u (local.get 132) (local.get 133)))
    (local.set 136
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 134) (local.get 135)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 134) (local.get 135))))
    (local.set 137 (i32x4.min_u (local.get 136) (i32x4.sub (local.get 136) (local.get 3))))
    (local.set 138 (i32x4.add (local.get 137) (local.get 137)))
    (local.set 139 (i64x2.extmul_low_i32x4_u (local.get 137) (local.get 138)))
    (local.set 140 (i64x2.extmul_high_i32x4_u (local.get 137) (local.get 138)))
    (local.set 141
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 139) (local.get 140)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 139) (local.get 140))))
    (local.set 142 (i32x4.min_u (local.get 141) (i32x4.sub (local.get 141) (local.get 3))))
    (local.set 143 (i32x4.add (local.get 142) (local.get 142)))
    (local.set 144 (i64x2.extmul_low_i32x4_u (local.get 142) (local.get 143)))
    (local.set 145 (i64x2.extmul_high_i32x4_u (local.get 142) (local.get 143)))
    (local.set 146
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 144) (local.get 145)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 144) (local.get 145))))
    (local.set 147 (i32x4.min_u (local.get 146) (i32x4.sub (local.get 146) (local.get 3))))
    (local.set 148 (i32x4.add (local.get 147) (local.get 147)))
    (local.set 149 (i64x2.extmul_low_i32x4_u (local.get 147) (local.get 148)))
    (local.set 150 (i64x2.extmul_high_i32x4_u (local.get 147) (local.get 148)))
    (local.set 151
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 149) (local.get 150)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 149) (local.get 150))))
    (local.set 152 (i32x4.min_u (local.get 151) (i32x4.sub (local.get 151) (local.get 3))))
    (local.set 153 (i32x4.add (local.get 117) (local.get 117)))
    (local.set 154 (i64x2.extmul_low_i32x4_u (local.get 152) (local.get 153)))
    (local.set 155 (i64x2.extmul_high_i32x4_u (local.get 152) (local.get 153)))
    (local.set 156
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 154) (local.get 155)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 154) (local.get 155))))
    (local.set 157 (i32x4.min_u (local.get 156) (i32x4.sub (local.get 156) (local.get 3))))
    (local.set 158 (i32x4.add (local.get 157) (local.get 157)))
    (local.set 159 (i64x2.extmul_low_i32x4_u (local.get 157) (local.get 158)))
    (local.set 160 (i64x2.extmul_high_i32x4_u (local.get 157) (local.get 158)))
    (local.set 161
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 159) (local.get 160)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 159) (local.get 160))))
    (local.set 162 (i32x4.min_u (local.get 161) (i32x4.sub (local.get 161) (local.get 3))))
    (local.set 163 (i32x4.add (local.get 162) (local.get 162)))
    (local.set 164 (i64x2.extmul_low_i32x4_u (local.get 162) (local.get 163)))
    (local.set 165 (i64x2.extmul_high_i32x4_u (local.get 162) (local.get 163)))
    (local.set 166
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 164) (local.get 165)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 164) (local.get 165))))
    (local.set 167 (i32x4.min_u (local.get 166) (i32x4.sub (local.get 166) (local.get 3))))
    (local.set 168 (i32x4.add (local.get 167) (local.get 167)))
    (local.set 169 (i64x2.extmul_low_i32x4_u (local.get 167) (local.get 168)))
    (local.set 170 (i64x2.extmul_high_i32x4_u (local.get 167) (local.get 168)))
    (local.set 171
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 169) (local.get 170)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 169) (local.get 170))))
    (local.set 172 (i32x4.min_u (local.get 171) (i32x4.sub (local.get 171) (local.get 3))))
    (local.set 173 (i32x4.add (local.get 172) (local.get 172)))
    (local.set 174 (i64x2.extmul_low_i32x4_u (local.get 172) (local.get 173)))
    (local.set 175 (i64x2.extmul_high_i32x4_u (local.get 172) (local.get 173)))
    (local.set 176
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 174) (local.get 175)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 174) (local.get 175))))
    (local.set 177 (i32x4.min_u (local.get 176) (i32x4.sub (local.get 176) (local.get 3))))
    (local.set 178 (i32x4.add (local.get 177) (local.get 177)))
    (local.set 179 (i64x2.extmul_low_i32x4_u (local.get 177) (local.get 178)))
    (local.set 180 (i64x2.extmul_high_i32x4_u (local.get 177) (local.get 178)))
    (local.set 181
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 179) (local.get 180)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 179) (local.get 180))))
    (local.set 182 (i32x4.min_u (local.get 181) (i32x4.sub (local.get 181) (local.get 3))))
    (local.set 183 (i32x4.add (local.get 182) (local.get 182)))
    (local.set 184 (i64x2.extmul_low_i32x4_u (local.get 182) (local.get 183)))
    (local.set 185 (i64x2.extmul_high_i32x4_u (local.get 182) (local.get 183)))
    (local.set 186
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 184) (local.get 185)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 184) (local.get 185))))
    (local.set 187 (i32x4.min_u (local.get 186) (i32x4.sub (local.get 186) (local.get 3))))
    (local.set 188 (i32x4.add (local.get 187) (local.get 187)))
    (local.set 189 (i64x2.extmul_low_i32x4_u (local.get 187) (local.get 188)))
    (local.set 190 (i64x2.extmul_high_i32x4_u (local.get 187) (local.get 188)))
    (local.set 191
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 189) (local.get 190)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 189) (local.get 190))))
    (local.set 192 (i32x4.min_u (local.get 191) (i32x4.sub (local.get 191) (local.get 3))))
    (local.set 193 (i32x4.add (local.get 192) (local.get 192)))
    (local.set 194 (i64x2.extmul_low_i32x4_u (local.get 192) (local.get 193)))
    (local.set 195 (i64x2.extmul_high_i32x4_u (local.get 192) (local.get 193)))
    (local.set 196
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 194) (local.get 195)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 194) (local.get 195))))
    (local.set 197 (i32x4.min_u (local.get 196) (i32x4.sub (local.get 196) (local.get 3))))
    (local.set 198 (i32x4.add (local.get 197) (local.get 197)))
    (local.set 199 (i64x2.extmul_low_i32x4_u (local.get 197) (local.get 198)))
    (local.set 200 (i64x2.extmul_high_i32x4_u (local.get 197) (local.get 198)))
    (local.set 201
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 199) (local.get 200)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 199) (local.get 200))))
    (local.set 202 (i32x4.min_u (local.get 201) (i32x4.sub (local.get 201) (local.get 3))))
    (local.set 203 (i32x4.add (local.get 202) (local.get 202)))
    (local.set 204 (i64x2.extmul_low_i32x4_u (local.get 202) (local.get 203)))
    (local.set 205 (i64x2.extmul_high_i32x4_u (local.get 202) (local.get 203)))
    (local.set 206
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 204) (local.get 205)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 204) (local.get 205))))
    (local.set 207 (i32x4.min_u (local.get 206) (i32x4.sub (local.get 206) (local.get 3))))
    (local.set 208 (i32x4.add (local.get 207) (local.get 207)))
    (local.set 209 (i64x2.extmul_low_i32x4_u (local.get 207) (local.get 208)))
    (local.set 210 (i64x2.extmul_high_i32x4_u (local.get 207) (local.get 208)))
    (local.set 211
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 209) (local.get 210)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 209) (local.get 210))))
    (local.set 212 (i32x4.min_u (local.get 211) (i32x4.sub (local.get 211) (local.get 3))))
    (local.set 213 (i32x4.add (local.get 212) (local.get 212)))
    (local.set 214 (i64x2.extmul_low_i32x4_u (local.get 212) (local.get 213)))
    (local.set 215 (i64x2.extmul_high_i32x4_u (local.get 212) (local.get 213)))
    (local.set 216
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 214) (local.get 215)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 214) (local.get 215))))
    (local.set 217 (i32x4.min_u (local.get 216) (i32x4.sub (local.get 216) (local.get 3))))
    (local.set 218 (i32x4.add (local.get 217) (local.get 217)))
    (local.set 219 (i64x2.extmul_low_i32x4_u (local.get 217) (local.get 218)))
    (local.set 220 (i64x2.extmul_high_i32x4_u (local.get 217) (local.get 218)))
    (local.set 221
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 219) (local.get 220)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 219) (local.get 220))))
    (local.set 222 (i32x4.min_u (local.get 221) (i32x4.sub (local.get 221) (local.get 3))))
    (local.set 223 (i32x4.add (local.get 222) (local.get 222)))
    (local.set 224 (i64x2.extmul_low_i32x4_u (local.get 222) (local.get 223)))
    (local.set 225 (i64x2.extmul_high_i32x4_u (local.get 222) (local.get 223)))
    (local.set 226
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 224) (local.get 225)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 224) (local.get 225))))
    (local.set 227 (i32x4.min_u (local.get 226) (i32x4.sub (local.get 226) (local.get 3))))
    (local.set 228 (i32x4.add (local.get 157) (local.get 157)))
    (local.set 229 (i64x2.extmul_low_i32x4_u (local.get 227) (local.get 228)))
    (local.set 230 (i64x2.extmul_high_i32x4_u (local.get 227) (local.get 228)))
    (local.set 231
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 229) (local.get 230)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 229) (local.get 230))))
    (local.set 232 (i32x4.min_u (local.get 231) (i32x4.sub (local.get 231) (local.get 3))))
    (local.set 233 (i32x4.add (local.get 232) (local.get 232)))
    (local.set 234 (i64x2.extmul_low_i32x4_u (local.get 232) (local.get 233)))
    (local.set 235 (i64x2.extmul_high_i32x4_u (local.get 232) (local.get 233)))
    (local.set 236
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 234) (local.get 235)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 234) (local.get 235))))
    (local.set 237 (i32x4.min_u (local.get 236) (i32x4.sub (local.get 236) (local.get 3))))
    (local.set 238 (i32x4.add (local.get 4) (local.get 4)))
    (local.set 239 (i64x2.extmul_low_i32x4_u (local.get 237) (local.get 238)))
    (local.set 240 (i64x2.extmul_high_i32x4_u (local.get 237) (local.get 238)))
    (local.set 241
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 239) (local.get 240)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 239) (local.get 240))))
    (local.set 242 (i32x4.min_u (local.get 241) (i32x4.sub (local.get 241) (local.get 3))))
    (local.set 243 (i32x4.add (local.get 242) (local.get 242)))
    (local.set 244 (i64x2.extmul_low_i32x4_u (local.get 242) (local.get 243)))
    (local.set 245 (i64x2.extmul_high_i32x4_u (local.get 242) (local.get 243)))
    (local.set 246
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 244) (local.get 245)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 244) (local.get 245))))
    (local.set 247 (i32x4.min_u (local.get 246) (i32x4.sub (local.get 246) (local.get 3))))
    (local.set 248 (i32x4.add (local.get 247) (local.get 247)))
    (local.set 249 (i64x2.extmul_low_i32x4_u (local.get 247) (local.get 248)))
    (local.set 250 (i64x2.extmul_high_i32x4_u (local.get 247) (local.get 248)))
    (local.set 251
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 249) (local.get 250)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 249) (local.get 250))))
    (local.set 252 (i32x4.min_u (local.get 251) (i32x4.sub (local.get 251) (local.get 3))))
    (local.set 253 (i32x4.add (local.get 4) (local.get 4)))
    (local.set 254 (i64x2.extmul_low_i32x4_u (local.get 252) (local.get 253)))
    (local.set 255 (i64x2.extmul_high_i32x4_u (local.get 252) (local.get 253)))
    (local.set 256
      (i32x4.add
        (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 254) (local.get 255)) (i32.const 1))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 254) (local.get 255))))
    (local.set 257 (i32x4.min_u (local.get 256) (i32x4.sub (local.get 256) (local.get 3))))
    (local.set 4 (local.get 257))
    (loop
      (local.set 1 (i32.sub (local.get 1) (i32.const 64)))
      (local.set 6 (i32.sub (local.get 6) (i32.const 64)))
      (local.set 258 (v128.load (local.get 1)))
      (local.set 259 (v128.load offset=16 (local.get 1)))
      (local.set 260 (v128.load offset=32 (local.get 1)))
      (local.set 261 (v128.load offset=48 (local.get 1)))
      (local.set 262 (i32x4.add (local.get 261) (local.get 261)))
      (local.set 263 (i64x2.extmul_low_i32x4_u (local.get 4) (local.get 262)))
      (local.set 264 (i64x2.extmul_high_i32x4_u (local.get 4) (local.get 262)))
      (local.set 265
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 263) (local.get 264)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 263) (local.get 264))))
      (local.set 266 (i32x4.min_u (local.get 265) (i32x4.sub (local.get 265) (local.get 3))))
      (local.set 267 (i32x4.add (local.get 266) (local.get 266)))
      (local.set 268 (i32x4.add (local.get 260) (local.get 260)))
      (local.set 269 (i64x2.extmul_low_i32x4_u (local.get 4) (local.get 268)))
      (local.set 270 (i64x2.extmul_high_i32x4_u (local.get 4) (local.get 268)))
      (local.set 271
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 269) (local.get 270)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 269) (local.get 270))))
      (local.set 272 (i32x4.min_u (local.get 271) (i32x4.sub (local.get 271) (local.get 3))))
      (local.set 4 (local.get 272))
      (local.set 273 (i64x2.extmul_low_i32x4_u (local.get 258) (local.get 267)))
      (local.set 274 (i64x2.extmul_high_i32x4_u (local.get 258) (local.get 267)))
      (local.set 275
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 273) (local.get 274)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 273) (local.get 274))))
      (local.set 276 (i32x4.min_u (local.get 275) (i32x4.sub (local.get 275) (local.get 3))))
      (local.set 277 (i32x4.sub (local.get 3) (local.get 259)))
      (local.set 278 (i64x2.extmul_low_i32x4_u (local.get 277) (local.get 267)))
      (local.set 279 (i64x2.extmul_high_i32x4_u (local.get 277) (local.get 267)))
      (local.set 280
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 278) (local.get 279)) (i32.const 1))
          (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 278) (local.get 279))))
      (local.set 281 (i32x4.min_u (local.get 280) (i32x4.sub (local.get 280) (local.get 3))))
      (local.set 282 (v128.load (local.get 6)))
      (local.set 283 (v128.load offset=16 (local.get 6)))
      (local.set 284 (v128.load offset=32 (local.get 6)))
      (local.set 285 (v128.load offset=48 (local.get 6)))
      (local.set 286 (i32x4.add (local.get 276) (local.get 276)))
      (local.set 287 (i32x4.add (local.get 281) (local.get 281)))
      (local.set 288 (i32x4.sub (local.get 3) (local.get 285)))
      (local.set 289
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 284) (local.get 286))
          (i64x2.extmul_low_i32x4_u (local.get 288) (local.get 287))))
      (local.set 290
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 284) (local.get 286))
          (i64x2.extmul_high_i32x4_u (local.get 288) (local.get 287))))
      (local.set 291 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 289) (local.get 290)))
      (local.set 292 (i32x4.min_u (local.get 291) (i32x4.sub (local.get 291) (local.get 3))))
      (local.set 293
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 289) (local.get 290)) (i32.const 1))
          (local.get 292)))
      (local.set 294 (i32x4.min_u (local.get 293) (i32x4.sub (local.get 293) (local.get 3))))
      (local.set 295
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 284) (local.get 287))
          (i64x2.extmul_low_i32x4_u (local.get 285) (local.get 286))))
      (local.set 296
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 284) (local.get 287))
          (i64x2.extmul_high_i32x4_u (local.get 285) (local.get 286))))
      (local.set 297 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 295) (local.get 296)))
      (local.set 298 (i32x4.min_u (local.get 297) (i32x4.sub (local.get 297) (local.get 3))))
      (local.set 299
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 295) (local.get 296)) (i32.const 1))
          (local.get 298)))
      (local.set 300 (i32x4.min_u (local.get 299) (i32x4.sub (local.get 299) (local.get 3))))
      (local.set 301 (i32x4.add (local.get 276) (local.get 276)))
      (local.set 302 (i32x4.add (local.get 281) (local.get 281)))
      (local.set 303 (i32x4.sub (local.get 3) (local.get 283)))
      (local.set 304
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 282) (local.get 301))
          (i64x2.extmul_low_i32x4_u (local.get 303) (local.get 302))))
      (local.set 305
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 282) (local.get 301))
          (i64x2.extmul_high_i32x4_u (local.get 303) (local.get 302))))
      (local.set 306 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 304) (local.get 305)))
      (local.set 307 (i32x4.min_u (local.get 306) (i32x4.sub (local.get 306) (local.get 3))))
      (local.set 308
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 304) (local.get 305)) (i32.const 1))
          (local.get 307)))
      (local.set 309 (i32x4.min_u (local.get 308) (i32x4.sub (local.get 308) (local.get 3))))
      (local.set 310
        (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get 282) (local.get 302))
          (i64x2.extmul_low_i32x4_u (local.get 283) (local.get 301))))
      (local.set 311
        (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get 282) (local.get 302))
          (i64x2.extmul_high_i32x4_u (local.get 283) (local.get 301))))
      (local.set 312 (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get 310) (local.get 311)))
      (local.set 313 (i32x4.min_u (local.get 312) (i32x4.sub (local.get 312) (local.get 3))))
      (local.set 314
        (i32x4.add
          (i32x4.shr_u (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get 310) (local.get 311)) (i32.const 1))
          (local.get 313)))
      (local.set 315 (i32x4.min_u (local.get 314) (i32x4.sub (local.get 314) (local.get 3))))
      (local.set 316 (i32x4.sub (local.get 3) (local.get 294)))
      (local.set 317 (i32x4.min_u (local.get 316) (i32x4.sub (local.get 316) (local.get 3))))
      (local.set 318 (i32x4.sub (local.get 3) (local.get 300)))
      (local.set 319 (i32x4.min_u (local.get 318) (i32x4.sub (local.get 318) (local.get 3))))
      (v128.store (local.get 6) (local.get 309))
      (v128.store offset=16 (local.get 6) (local.get 315))
      (v128.store offset=32 (local.get 6) (local.get 317))
      (v128.store offset=48 (local.get 6) (local.get 319))
      (br_if 0 (i32.gt_u (local.get 6) (local.get 0))))
    (return (i32.const 1))))
