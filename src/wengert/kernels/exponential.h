/* exp as arithmetic alone, so that a loop over it vectorises for whatever instruction set the file is compiled for.

   x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) is a polynomial (float: degree 6, least greatest relative error under
   1 + r + r^2 P(r), 3e-9; double: the Taylor series to degree 13), and 2^n is multiplied on in two parts, so that
   results among the denormals are rounded once. n is found by adding a number so large that the sum has no fraction
   bits; its low bits then are n. The header exists for the reading of a float's bits, for which Cython has no
   expression that compilers vectorise.

   The general form takes everything: NaN gives NaN, -inf 0, +inf and what overflows +inf. The form for x <= 0 (and NaN),
   all that a softmax needs, saves a fifth of the operations. Errors are stated and tested with the softmax kernels. */
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

/* r and the polynomial; *n is the whole number of powers of two. */
static inline float wengert_exp_reduced_float(float x, float *n) {
    const float shift = 12582912.0f; /* 1.5 * 2^23 */
    *n = (x * 1.44269504f + shift) - shift;
    float r = x - *n * 0.693359375f; /* ln 2 in two parts, the first of few bits: exact with or without fma */
    r = r - *n * -2.12194440e-4f;
    float p = 0.0013814539f;
    p = p * r + 0.008368745f;
    p = p * r + 0.04166839f;
    p = p * r + 0.16666521f;
    p = p * r + 0.49999994f;
    return p * (r * r) + r + 1.0f;
}

static inline float wengert_exp_float(float x) {
    const float shift = 12582912.0f;
    float n;
    x = x > 89.0f ? 89.0f : x; /* NaN passes both comparisons */
    x = x < -104.0f ? -104.0f : x;
    float p = wengert_exp_reduced_float(x, &n);
    float offset = n > 0.0f ? shift - 24.0f : shift + 24.0f;
    float rest = n > 0.0f ? 16777216.0f : 5.9604644775390625e-8f; /* 2^24, 2^-24 */
    return p * wengert_power_of_two_float(n + offset) * rest;
}

static inline float wengert_exp_nonpositive_float(float x) {
    float n;
    x = x < -104.0f ? -104.0f : x;
    float p = wengert_exp_reduced_float(x, &n);
    return p * wengert_power_of_two_float(n + (12582912.0f + 24.0f)) * 5.9604644775390625e-8f; /* 2^-24 */
}

static inline double wengert_power_of_two_double(double shifted) {
    uint64_t bits;
    double power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023u) << 52;
    memcpy(&power, &bits, sizeof power);
    return power;
}

static inline double wengert_exp_reduced_double(double x, double *n) {
    const double shift = 6755399441055744.0; /* 1.5 * 2^52 */
    *n = (x * 1.44269504088896340736 + shift) - shift;
    double r = x - *n * 6.93147180369123816490e-01; /* ln 2 in two parts, as in fdlibm */
    r = r - *n * 1.90821492927058770002e-10;
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
    return p * (r * r) + r + 1.0;
}

static inline double wengert_exp_double(double x) {
    const double shift = 6755399441055744.0;
    double n;
    x = x > 710.0 ? 710.0 : x;
    x = x < -746.0 ? -746.0 : x;
    double p = wengert_exp_reduced_double(x, &n);
    double offset = n > 0.0 ? shift - 64.0 : shift + 64.0;
    double rest = n > 0.0 ? 18446744073709551616.0 : 5.42101086242752217e-20; /* 2^64, 2^-64 */
    return p * wengert_power_of_two_double(n + offset) * rest;
}

static inline double wengert_exp_nonpositive_double(double x) {
    double n;
    x = x < -746.0 ? -746.0 : x;
    double p = wengert_exp_reduced_double(x, &n);
    return p * wengert_power_of_two_double(n + (6755399441055744.0 + 64.0)) * 5.42101086242752217e-20; /* 2^-64 */
}

#endif
