// Points of the circle over M31 and QM31. Source: fri/core/circle.ts, PCS.md §2. A position's bit j ≥ 1 stands for the rotation 2^(31-j)·G, bit
// 0 for the conjugate, so no bit is ever reversed here. Caveat: coordinates are reduced felts; `doubles` is generated.

/// a point of the circle over M31
#[derive(Copy, Drop)]
struct Point {
    x: felt252,
    y: felt252,
}

/// a point of the circle over QM31
#[derive(Copy, Drop)]
struct QPoint {
    x: Q,
    y: Q,
}

fn point_add(p: Point, q: Point) -> Point {
    Point { x: reduce(p.x * q.x - p.y * q.y), y: reduce(p.x * q.y + p.y * q.x) }
}

fn point_double(p: Point) -> Point {
    Point { x: reduce(2 * p.x * p.x - 1), y: reduce(2 * p.x * p.y) }
}

/// 2^exponent·G
fn double_of_generator(doubles: Span<felt252>, exponent: u32) -> Point {
    Point { x: *doubles.at(2 * exponent), y: *doubles.at(2 * exponent + 1) }
}

/// the point at `position` of the canonic coset of log size `log_size`
fn domain_point(doubles: Span<felt252>, log_size: u32, position: u32) -> Point {
    let mut point = double_of_generator(doubles, 30 - log_size);
    let (mut rest, conjugate) = DivRem::div_rem(position, 2);
    // from 2^30·G down, a bit each
    let mut doubles = doubles;
    while rest != 0 {
        let (half, bit) = DivRem::div_rem(rest, 2);
        rest = half;
        let double = *doubles.multi_pop_back::<2>().unwrap();
        if bit == 1 {
            pay_here();
            let [x, y] = double.unbox();
            point = point_add(point, Point { x, y });
            continue;
        }
    };
    if conjugate == 1 {
        point.y = reduce(-point.y);
    }
    point
}

/// p + q for q over M31
fn qpoint_add(p: QPoint, q: Point) -> QPoint {
    QPoint { x: red(sub(scale(p.x, q.x), scale(p.y, q.y))), y: red(add(scale(p.x, q.y), scale(p.y, q.x))) }
}

/// ((1 - t²)/(1 + t²), 2t/(1 + t²)); there is none where 1 + t² = 0
fn point_from_parameter(t: Q) -> QPoint {
    let square = q_mul(t, t);
    let denominator = red(add_constant(square, 1));
    assert(!is_zero(denominator), 'ZK0110 no such point');
    let inverse = q_inverse(denominator);
    QPoint { x: q_mul(constant_sub(1, square), inverse), y: q_mul(add(t, t), inverse) }
}

/// V_L at a point: x doubled L - 1 times
fn vanishing(point: QPoint, log_size: u32) -> Q {
    let mut x = point.x;
    let mut left = log_size - 1;
    while left != 0 {
        let square = mul(x, x);
        x = red(add_constant(add(square, square), -1));
        left -= 1;
    };
    x
}
