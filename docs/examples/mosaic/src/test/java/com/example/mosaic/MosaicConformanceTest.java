package com.example.mosaic;

import revcam.api.encoder.VideoEncoderFactory;
import revcam.testkit.VideoEncoderConformance;

class MosaicConformanceTest extends VideoEncoderConformance {

    @Override
    protected VideoEncoderFactory factory() {
        return new MosaicFactory();
    }
}
