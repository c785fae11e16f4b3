/* exp as arithmetic alone, so that a loop over it vectorises for whatever instruction set the file is compiled for.

   x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) is its Taylor series (degree 7, 13), and 2^n is multiplied on in two
   halves, so that results in the range of denormals are rounded once. n is found by adding a number so large that
   the sum has no fraction bits; its low bits then are n. The header exists for the reading of a float's bits, for which
   Cython has no expression that compilers vectorise.

   Domain: everything. NaN gives NaN, -inf 0, +inf and what overflows +inf. Largest error (against long double, 10^7
   points over the whole range): see tests/kernels/test_softmax.py. */
#ifndef WENGERT_EXPONENTIAL_H
#define WENGERT_EXPONENTIAL_H

#include <stdint.h>
#include <string.h>

static inline float wengert_power_of_two_float(float shifted) {
    uint32_t bits;
    float power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127u) << 23;
    memcpy(&power, &bits, sizeof power);
    return power;
}

static inline float wengert_exp_float(float x) {
    const float shift = 12582912.0f; /* 1.5 * 2^23 */
    x = x > 89.0f ? 89.0f : x;       /* NaN passes both comparisons */
    x = x < -104.0f ? -104.0f : x;
    float n = (x * 1.44269504f + shift) - shift;
    float r = x - n * 0.693359375f; /* ln 2 in two parts, the first of few bits: exact with or without fma */
    r = r - n * -2.12194440e-4f;
    float p = 1.0f / 5040.0f;
    p = p * r + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    float half = n * 0.5f + shift;
    float rest = n - (half - shift) + shift;
    return p * wengert_power_of_two_float(half) * wengert_power_of_two_float(rest);
}

static inline double wengert_power_of_two_double(double shifted) {
    uint64_t bits;
    double power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023u) << 52;
    memcpy(&power, &bits, sizeof power);
    return power;
}

static inline double wengert_exp_double(double x) {
    const double shift = 6755399441055744.0; /* 1.5 * 2^52 */
    x = x > 710.0 ? 710.0 : x;
    x = x < -746.0 ? -746.0 : x;
    double n = (x * 1.44269504088896340736 + shift) - shift;
    double r = x - n * 6.93147180369123816490e-01; /* ln 2 in two parts, as in fdlibm */
    r = r - n * 1.90821492927058770002e-10;
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r * r + r + 1.0;
    double half = n * 0.5 + shift;
    double rest = n - (half - shift) + shift;
    return p * wengert_power_of_two_double(half) * wengert_power_of_two_double(rest);
}

#endif
