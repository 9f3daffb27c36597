package com.example.mosaic;

import org.osgi.service.component.annotations.Component;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;

/** The service that RevCam finds: its name is what people write, its ranking puts it before encoders that have none. */
@Component(property = {VideoEncoderFactory.NAME + "=mosaic", "service.ranking:Integer=100"})
public final class MosaicFactory implements VideoEncoderFactory {

    @Override
    public String codec() {
        return "H264";
    }

    @Override
    public VideoEncoder open(EncoderRequest request, EncodedSink sink) throws StageException {
        int width = request.width();
        int height = request.height();
        if (width < 16 || height < 16 || width > 4096 || height > 2304 || width % 2 != 0 || height % 2 != 0) {
            throw new StageException(StageException.Reason.UNSUPPORTED,
                    width + "x" + height + " cannot be encoded; mosaic takes even sizes from 16x16 to 4096x2304");
        }
        if (request.format() != PixelFormat.I420) {
            throw new StageException(StageException.Reason.UNSUPPORTED, "mosaic takes I420, not " + request.format());
        }
        return new MosaicEncoder(request, sink);
    }
}
