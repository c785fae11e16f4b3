"""Shapes, joins, splits, padding, memory and creation in both libraries: values, dtypes, shapes, layouts where they are
promised, and the types of errors."""

import warnings

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

# ------------------------------------------------------------------------------------------------ single calls

# Expressions that both libraries evaluate. `x` is (2, 3), `y` (2, 3, 4), `z` (1, 4, 2, 2), all of float32.
CALLS = r"""
roll: x.roll(1); x.roll((1,2)); x.roll((1,2),(0,)); x.roll(1,(0,1)); x.roll((1,1),(0,0)); x.roll(1,5); x.roll(());
    x.roll((),()); x.roll(1.5); t.tensor(3).roll(1); t.tensor(3).roll(1,0); t.empty(0,3).roll(1,0);
    t.roll(y,(5,-7),(0,-1));
    t.empty(0,3).roll(1,7); t.roll(y,3,1); t.roll(x,1,None); t.roll(x,dims=1,shifts=-1); t.roll([1],1)
rot90: x.rot90(); x.rot90(1,(0,0)); x.rot90(1,(0,)); x.rot90(1,(0,5)); x.rot90(1,(0,-2)); x[0].rot90();
    y.rot90(2,(1,2));
    y.rot90(3,(2,0)); y.rot90(-1,[0,1]); x.rot90(4); x.rot90(1.5)
flip: x.fliplr(); x[0].fliplr(); x[0].flipud(); t.tensor(1).flipud(); x.flip(); x.flip(()); x.flip((0,0)); x.flip(0,7);
    t.tensor(1).flip(0); y.flip([0,-1]); x.flip(-1)
repeat_interleave: t.repeat_interleave(x,2); x.repeat_interleave(2,0); x.repeat_interleave(t.tensor([1,2]),0);
    x.repeat_interleave(t.tensor([1,2]),0,output_size=3); x.repeat_interleave(t.tensor([1,2]),0,output_size=4);
    x.repeat_interleave(2,0,output_size=5); x.repeat_interleave(t.tensor([1,2,3]),0);
    x.repeat_interleave(t.tensor([1]),0);
    x.repeat_interleave(t.tensor(2),0); x.repeat_interleave(t.tensor([1.]),0); x.repeat_interleave(t.tensor([-1,2]),0);
    x.repeat_interleave(-1,0); x.repeat_interleave(t.tensor([[1,2]]),0); x.repeat_interleave(2,3);
    x.repeat_interleave((1,2),0); x.repeat_interleave(1.5,0); t.repeat_interleave(t.tensor([2,0,3]));
    t.repeat_interleave(t.tensor([2,0,3],dtype=t.int32)); t.repeat_interleave(t.tensor([2,0,3]),output_size=5);
    t.repeat_interleave(t.tensor([2,0,3]),output_size=6); t.repeat_interleave(t.tensor([2.]));
    t.repeat_interleave(t.tensor([2],dtype=t.uint8)); x.repeat_interleave(t.tensor([1,2],dtype=t.int16),0);
    t.repeat_interleave(t.tensor([-2])); t.repeat_interleave(t.tensor([[2]])); t.repeat_interleave(t.tensor(3),2);
    t.tensor(3).repeat_interleave(2,0); x.repeat_interleave(t.tensor([1,2])); x.repeat_interleave(0,1);
    x.repeat_interleave(1,1)
unfold: x.unfold(1,2,1); x.unfold(1,4,1); x.unfold(1,-1,1); x.unfold(1,0,1); x.unfold(1,2,0); x.unfold(2,2,1);
    t.tensor(2.).unfold(0,1,1); t.tensor(2.).unfold(0,0,1); t.tensor(2.).unfold(0,2,1); x.unfold(-1,2,2);
    t.empty(0).unfold(0,0,1); y.unfold(1,2,1).unfold(2,3,1); x.t().unfold(0,2,1)
tensor_split: t.tensor_split(x,2,1); t.tensor_split(x,0); t.tensor_split(x,-1); t.tensor_split(x,(1,2),1);
    t.tensor_split(x,(5,1,-1),1); t.tensor_split(x,t.tensor(2),1); t.tensor_split(x,t.tensor([1,2]),1);
    t.tensor_split(x,t.tensor([[1,2]]),1); t.tensor_split(x,t.tensor([1.,2]),1); t.tensor_split(x,2,7);
    t.tensor_split(t.tensor(2),2); t.tensor_split(x,1.5); t.tensor_split(x,()); t.tensor_split(x,indices=(1,),dim=1);
    t.tensor_split(x,sections=2); t.tensor_split(x,tensor_indices_or_sections=t.tensor(2)); t.tensor_split(y,5,-1);
    t.tensor_split(x)
hsplit: t.hsplit(x,3); t.hsplit(x,2); t.hsplit(x,0); t.hsplit(x[0],(1,)); t.hsplit(t.tensor(1),1); t.hsplit(x,1.5);
    t.hsplit(x,sections=3); t.hsplit(x,indices=[1]); t.hsplit(x,t.tensor(3)); x.hsplit(3); x.hsplit([1,2])
vsplit: t.vsplit(x,2); t.vsplit(x[0],1); t.vsplit(x,3); x.vsplit([1]); t.dsplit(y,2); t.dsplit(x,1); t.dsplit(y,3);
    y.dsplit((1,3))
split: t.split(x,2); t.split(x,0); t.split(x,-1); t.split(x,(1,1),1); t.split(x,(1,2),1); t.split(x,(4,-1),1);
    t.split(x,2,5);
    t.split(t.tensor(1),1); t.split(t.empty(0,2),0); t.split(t.empty(0,2),3); t.split(x,1.5); x.split([0,3],-1);
    t.split_with_sizes(x,(1,2),1)
chunk: t.chunk(x,2,1); t.chunk(x,5,1); t.chunk(x,0); t.chunk(t.tensor(1),1); t.chunk(t.empty(0,2),3); t.chunk(x,2,7);
    t.chunk(y,3,2); t.chunk(x,1.5)
unsafe: t.unsafe_split(x,2,1); t.unsafe_split(x,0,1); t.unsafe_chunk(x,2,1); t.unsafe_split_with_sizes(x,(1,2),1);
    x.unsafe_split_with_sizes((1,1),1)
unbind: t.unbind(x); t.unbind(x,1); t.unbind(x,2); t.unbind(t.tensor(1)); t.unbind(t.empty(0,2)); x.unbind(-1)
hstack: t.hstack([x,x]); t.hstack([]); t.hstack([t.tensor(1),t.tensor(2)]); t.hstack([x,x[0]]); t.hstack(x);
    t.hstack([1,2]);
    t.hstack((x,x.int())); t.hstack((x,x), out=t.empty(0)); t.hstack((x[0],x[0]))
vstack: t.vstack([t.tensor(1),t.tensor(2)]); t.vstack([]); t.vstack([x,x[0]]); t.row_stack([x,x[0]]); t.vstack((y,y))
dstack: t.dstack([t.tensor(1),t.tensor(2)]); t.dstack([]); t.dstack((x,x)); t.dstack((x[0],x[1])); t.dstack((y,x))
column_stack: t.column_stack([t.tensor(1),t.tensor([2])]); t.column_stack([]); t.column_stack([x,x[:,0]]);
    t.column_stack((x,x[0]))
cat: t.cat([]); t.cat([x,x[0]]); t.cat([x,1]); t.cat(x); t.cat(()); t.cat([x,x],7); t.cat([x,x],dim=None);
    t.cat([t.tensor(1),t.tensor(2)]); t.cat([x,t.empty(0)]); t.cat([x.int(),t.empty(0)]); t.cat([t.empty(0,1),x]);
    t.cat([x, t.zeros(2,3,1)]); t.cat([x,t.zeros(3,3)],1); t.cat([x,x],axis=0); t.concat([x,x],1);
    t.concatenate([x,x],axis=1);
    t.cat(tensors=(x,x),dim=-1); t.cat((x.bool(),x.int())); t.cat([t.empty(0),t.empty(0)]); t.cat((x,), 1);
    t.cat((x.t(),x.t()))
stack: t.stack([]); t.stack([x,x[0]]); t.stack([x,x],5); t.stack([x,x],-3); t.stack([x,x.int()]); t.stack(x);
    t.stack([t.tensor(1),t.tensor(2)]); t.stack([x,1])
atleast: t.atleast_1d(t.tensor(1)); t.atleast_1d(t.tensor(1),x); t.atleast_1d([t.tensor(1),x]); t.atleast_1d();
    t.atleast_1d([]);
    t.atleast_1d(1); t.atleast_2d(x[0]); t.atleast_3d(x[0]); t.atleast_3d(x); t.atleast_2d(t.tensor(1));
    t.atleast_3d(t.tensor(1)); t.atleast_3d(y)
broadcast_to: t.broadcast_to(x,(2,2,3)); t.broadcast_to(x,(2,-1)); t.broadcast_to(x,(3,)); t.broadcast_to(x,3);
    t.broadcast_to(x,size=(2,3)); x.broadcast_to((2,3)); x.broadcast_to(2,3); t.broadcast_to(x,(4,3))
broadcast_tensors: t.broadcast_tensors(x,x[0]); t.broadcast_tensors(); t.broadcast_tensors(x,t.zeros(4));
    t.broadcast_tensors([x,x]); t.broadcast_tensors(x,1)
broadcast_shapes: tuple(t.broadcast_shapes((2,1),(3,))); tuple(t.broadcast_shapes()); tuple(t.broadcast_shapes(3,(1,)));
    t.broadcast_shapes((2,),(3,)); t.broadcast_shapes((-1,)); t.broadcast_shapes((1.5,));
    tuple(t.broadcast_shapes([2,1],[3]));
    t.broadcast_shapes("a"); tuple(t.broadcast_shapes((0,),(1,))); t.broadcast_shapes((0,),(2,)); t.broadcast_shapes(-3)
meshgrid: t.meshgrid(x[0],x[:,0]); t.meshgrid(x[0],x[:,0],indexing="ij"); t.meshgrid(x[0],x[:,0],indexing="xx");
    t.meshgrid();
    t.meshgrid([],indexing="ij"); t.meshgrid(x,indexing="ij"); t.meshgrid(t.tensor(1),x[0],indexing="xy");
    t.meshgrid(x[0],x[0].int(),indexing="xy"); t.meshgrid([x[0]],indexing="xy"); t.meshgrid(x[0],x[:,0],indexing="xy");
    t.meshgrid(1,indexing="xy"); t.meshgrid(x[0],x[:,0],x[1],indexing="xy"); t.meshgrid(t.tensor(1.),x[0],indexing="ij")
cartesian_prod: t.cartesian_prod(x[0],x[:,0]); t.cartesian_prod(x[0]); t.cartesian_prod(); t.cartesian_prod(x);
    t.cartesian_prod(x[0],x[:,0].int()); t.cartesian_prod(t.tensor(1),x[0]); t.cartesian_prod([x[0]]);
    t.cartesian_prod(x[0],t.empty(0))
combinations: t.combinations(x[0]); t.combinations(x[0],0); t.combinations(x[0],1); t.combinations(x[0],3);
    t.combinations(x[0],4);
    t.combinations(x[0],-1); t.combinations(x[0],2,True); t.combinations(x); t.combinations(t.empty(0),2);
    t.combinations(t.empty(0),0);
    t.combinations(x[0],r=2,with_replacement=True)
block_diag: t.block_diag(x,x[0],t.tensor(4)); t.block_diag(); t.block_diag(y); t.block_diag(x,x.int());
    t.block_diag(x.int(),x>1);
    t.block_diag([x]); t.block_diag(1); t.block_diag(x, t.empty(0,2))
diagonal: t.diagflat(x); t.diagflat(x,-1); t.diagflat(t.tensor(2)); t.diagflat(t.empty(0)); t.diagflat(t.empty(0),1);
    t.diag(t.tensor(1));
    t.diag(y); t.diag(x,7); t.diag(x[0],-1); t.diag_embed(x,0,0,0); t.diag_embed(t.tensor(1)); t.diag_embed(x,0,0,5);
    t.diagonal(x,7);
    t.diagonal(x,0,0,0); t.diagonal(x[0]); t.diagonal(x,0,0,-1); t.diag_embed(x,1,0,2); t.diag_embed(x,-1,2,0);
    t.diagonal(y,1,2,0); t.diagonal(x,-7)
diagonal_scatter: t.diagonal_scatter(x,t.ones(2)); t.diagonal_scatter(x,t.ones(2,dtype=t.int64));
    t.diagonal_scatter(x,t.ones(3));
    t.diagonal_scatter(x,t.ones(1)); t.diagonal_scatter(x,t.ones(2),1,1,0); t.diagonal_scatter(x,1.);
    x.diagonal_scatter(t.ones(1),2)
select_scatter: t.select_scatter(x,t.ones(2),1,0); t.select_scatter(x,t.ones(3),1,0); t.select_scatter(x,t.ones(2),1,7);
    t.select_scatter(x,t.ones(2),3,0); t.select_scatter(x,t.ones(2,dtype=t.int),1,0);
    t.select_scatter(t.tensor(1.),t.tensor(2.),0,0)
slice_scatter: t.slice_scatter(x,t.ones(2,1),1,0,1); t.slice_scatter(x,t.ones(2,2),1,0,1);
    t.slice_scatter(x,t.ones(1,3));
    t.slice_scatter(x,t.ones(2,2),1,0,None,2); t.slice_scatter(x,t.ones(2,2),1,0,7,-1);
    t.slice_scatter(x,t.ones(2,2),1,0,7,0);
    t.slice_scatter(x,t.ones(2,2),1,-2,7,1); t.slice_scatter(x,t.ones(2,0),1,2,1,1); t.slice_scatter(x,t.ones(2,3),7)
as_strided_scatter: t.as_strided_scatter(x,t.ones(2,2),(2,2),(1,2)); t.as_strided_scatter(x,t.ones(2,2),(2,2),(1,2),1);
    t.as_strided_scatter(x,t.ones(2,2),(2,2),(1,2),9); t.as_strided_scatter(x,t.ones(2,3),(2,2),(1,2));
    t.as_strided_scatter(x.t(),t.ones(2,2),(2,2),(1,2),1)
as_strided: t.as_strided(x,(2,2),(1,)); t.as_strided(x,(2,-2),(1,1)); t.as_strided(x,(2,2),(1,-1));
    t.as_strided(x,(2,2),(1,1),-1);
    t.as_strided(x,(9,9),(1,1)); t.as_strided(x,(2,2),(1,2),1); x[1].as_strided((2,),(1,)); t.as_strided(x,(0,9),(1,1));
    t.as_strided(x.permute(1,0).clone(),(6,),(1,));
    t.as_strided(y.permute(1,2,0).clone(),(24,),(1,)); t.as_strided(x,(),())
swapaxes: t.swapaxes(x,0,5); t.swapaxes(x,0,1); x.swapdims(dim0=0,dim1=1); x.swapaxes(axis0=0,axis1=1);
    t.swapdims(y,-1,0); t.transpose(x,0,1.5); x.t(); y.t(); t.tensor(1).t()
movedim: t.moveaxis(x,0,1); t.moveaxis(x,(0,),(1,1)); t.movedim(x,(0,0),(1,1)); t.movedim(x,(0,1),(1,1));
    t.movedim(x,0,5);
    x.moveaxis(source=0,destination=1); t.movedim(y,(0,1),(-1,0)); t.movedim(t.tensor(1),0,0); t.movedim(y,1.5,0)
permute: x.permute(1,0); x.permute((1,0)); x.permute(0); x.permute(0,0); x.permute(0,5); x.permute(-1,0);
    t.permute(y,(2,0,1)); x.permute(0,1.5); x.permute(); t.tensor(1).permute(())
squeeze: x.squeeze(0); x.squeeze((0,1)); x.squeeze((0,0)); x.squeeze(5); x.squeeze(()); t.zeros(1,2,1).squeeze((0,-1));
    t.zeros(1,2,1).squeeze(()); t.tensor(1).squeeze(0); t.zeros(1,1).squeeze(); t.zeros(1,2).squeeze(1.5);
    t.tensor(1).squeeze(1)
unsqueeze: x.unsqueeze(3); x.unsqueeze(-4); x.unsqueeze((0,1)); x.unsqueeze(1.5); x.unsqueeze(-1);
    t.unsqueeze(t.tensor(1),0)
unflatten: x.unflatten(1,(3,1)); x.unflatten(1,(2,2)); x.unflatten(1,(-1,-1)); x.unflatten(1,()); x.unflatten(1,3);
    x.unflatten(1,(-1,2));
    x.unflatten(5,(1,)); t.tensor(1).unflatten(0,(1,1)); t.unflatten(x,dim=1,sizes=(1,3)); x.unflatten(1,[1,-1]);
    x.unflatten(1,(1,-3)); x.unflatten(-1,(3,))
flatten: x.flatten(1,0); x.flatten(5); t.tensor(1).flatten(); y.flatten(1); y.flatten(0,-2); t.ravel(y.permute(2,0,1));
    y.flatten(1,1); t.flatten(y,start_dim=-2)
view: x.view(t.int32); x.view(t.uint8); x.view(t.float64); x.view(t.int16); t.zeros(2,4).view(t.float64);
    t.zeros(2,4).t().view(t.int16);
    t.zeros(4,2).t().view(t.int32); t.zeros(2,4)[:,1:3].view(t.float64); t.zeros(2,6)[:,2:4].view(t.float64);
    t.zeros(3,3)[:,:2].view(t.float64);
    t.tensor(1.).view(t.int32); t.tensor(1.).view(t.int16); t.tensor(1.).view(t.float64); x.view(dtype=t.int32);
    x.view(t.complex64);
    t.zeros(2,2).view(t.complex64); t.zeros(2,dtype=t.complex64).view(t.float32); t.zeros(2).bool().view(t.uint8);
    t.zeros(2,requires_grad=True).view(t.int32); t.zeros(2,requires_grad=True).view(t.float16);
    t.zeros(2,requires_grad=True).view(t.float32).requires_grad;
    t.zeros(2).view("a"); t.zeros(2,0).view(t.float64); t.zeros(0).view(t.int16); x.view(); x.view(-1,-1); x.view(7);
    x.t().view(6);
    x.view(2.5); x.view((2,3),1); x.view_as(y); x.view(6); x.view(-1,2); x.view(t.float32);
    t.tensor([1.5,2.5]).view(t.int64); y.permute(1,0,2).view(t.int16)
reshape: x.reshape(7); x.reshape("a"); t.reshape(x,(2,-1,0)); t.zeros(0,3).reshape(-1,0); x.reshape_as(y);
    x.reshape((3,2)); x.t().reshape(-1); x.reshape(()); t.tensor(1).reshape(()); x.reshape(-2,3); x.reshape(3.0,2)
expand: x.expand(4,3); x.expand(-1,2,3); x.expand(2,2,-1); x.expand(3); x.expand_as(1); x.expand_as(y);
    x[:,:1].expand(2,4); x.expand(2,2.5); t.zeros(1).expand(0)
repeat: x.repeat(2); x.repeat(-1,2); x.repeat(0,2); x.repeat(); x.tile(2); x.tile((2,2,2)); x.tile(); x.repeat(2,1,2);
    x.repeat((1,2)); t.tensor(1).repeat(3); t.tile(x,(2,)); x.repeat(1.5,1)
narrow: x.narrow(1,t.tensor(1),2); x.narrow(1,t.tensor([1]),2); x.narrow(1,t.tensor(1.),2); x.narrow(1,-1,1);
    x.narrow(1,-4,1); x.narrow(1,1,3);
    x.narrow(1,1,-1); x.narrow(1,4,0); x.narrow(1,3,0); x.narrow(5,1,1); t.tensor(1).narrow(0,0,1);
    x.narrow_copy(1,1,2); x.narrow_copy(1,1,3); t.narrow_copy(x,1,-1,1); x.narrow(1,1.5,1)
select: x.select(0,1); x.select(0,2); x.select(1,-3); x.select(2,0); t.tensor(1).select(0,0); x.select(0,1.5)
adjoint: t.adjoint(x); t.adjoint(x[0]); x.mH; x[0].mT; y.mT; y.H; x.T; x.H; t.tensor([[1j]]).adjoint().resolve_conj()
unravel_index: t.unravel_index(t.tensor([5,3]),(2,3)); t.unravel_index(t.tensor(5),(2,3));
    t.unravel_index(t.tensor([5,3]),6); t.unravel_index(t.tensor([7]),(2,3));
    t.unravel_index(t.tensor([-1]),(2,3)); t.unravel_index(t.tensor([1.]),(2,3));
    t.unravel_index(t.tensor([1],dtype=t.int32),(2,3));
    t.unravel_index(t.tensor([1],dtype=t.bool),(2,3)); t.unravel_index(t.tensor([1]),(2,-3));
    t.unravel_index(t.tensor([1]),());
    t.unravel_index(t.tensor([]).long(),(2,0)); t.unravel_index(t.tensor([1]),t.tensor([2,3]));
    t.unravel_index(t.tensor([1]),"a")
vander: t.vander(x[0]); t.vander(x[0],2); t.vander(x[0],N=2,increasing=True); t.vander(x[0],0); t.vander(x[0],-1);
    t.vander(x); t.vander(x[0].int());
    t.vander(x[0]>1); t.vander(x[0].half()); t.vander(x[0].int(),1); t.linalg.vander(x[0]); t.linalg.vander(x,N=2);
    t.linalg.vander(x,N=1); t.linalg.vander(x,N=0);
    t.linalg.vander(t.tensor(1.)); t.linalg.vander(x[0].int()); t.linalg.vander(x[0]>1); t.linalg.vander(t.empty(0));
    t.linalg.vander(t.empty(3,0))
triangles: x.tril(1); x[0].tril(); t.tril(t.tensor(1)); t.tril(x,1.5); y.triu(-1); t.triu(x,diagonal=1);
    t.tril(t.zeros(0,3)); t.tril(x>1,5); x.clone().tril_(-1);
    t.tril_indices(3,3); t.tril_indices(3,2,-1,dtype=t.int32); t.tril_indices(-1,3);
    t.tril_indices(3,3,dtype=t.float32);
    t.tril_indices(3,3,dtype=t.complex64); t.tril_indices(3,3,dtype=t.bool); t.tril_indices(0,3); t.tril_indices(3.,3);
    t.triu_indices(3,2,1);
    t.triu_indices(3,2,5); t.triu_indices(3,2,-5); t.tril_indices(2,2,layout=t.strided,device="cpu",pin_memory=False);
    t.tril_indices(3,4,1,dtype=t.uint8)
constant_pad_nd: t.constant_pad_nd(x,(1,1)); t.constant_pad_nd(x,(1,1),2); t.constant_pad_nd(x,(1,));
    t.constant_pad_nd(x,(1,1,1,1,1,1)); t.constant_pad_nd(x,(-4,1));
    t.constant_pad_nd(x,(-1,-1)); t.constant_pad_nd(x,(-1,-2)); t.constant_pad_nd(x.int(),(1,0),1.5);
    t.constant_pad_nd(x.bool(),(1,0),1); t.constant_pad_nd(x,(1,0),1j);
    t.constant_pad_nd(x,()); t.constant_pad_nd(t.empty(0,2),(1,0,1,1),3.)
pad: F.pad(x,(1,1)); F.pad(x,(1,1),value=float("nan")); F.pad(x,[1,1],"constant",2); F.pad(x,(1,));
    F.pad(x,(1,1,1,1,1,1)); F.pad(x,(1,1),"reflect"); F.pad(x,(1,1),"replicate");
    F.pad(x,(1,1),"circular"); F.pad(x[0],(1,1),"reflect"); F.pad(x[0],(1,1),"replicate"); F.pad(x[0],(1,1),"circular");
    F.pad(x,(3,1),"reflect"); F.pad(x,(2,2),"reflect");
    F.pad(x,(4,0),"circular"); F.pad(x,(3,0),"circular"); F.pad(x,(5,0),"replicate"); F.pad(x,(-1,1),"reflect");
    F.pad(x,(-1,1),"replicate"); F.pad(x,(-1,1),"circular");
    F.pad(x,(-2,-2),"circular"); F.pad(x,(-3,0),"reflect"); F.pad(x,(1,1,1,1),"reflect"); F.pad(y,(1,1,1,1),"reflect");
    F.pad(y,(1,1),"reflect"); F.pad(z,(1,1),"reflect");
    F.pad(z,(1,1,1,1),"reflect"); F.pad(z,(1,1,1,1,1,1),"reflect"); F.pad(z[None],(1,1,1,1,1,1),"reflect");
    F.pad(z[None],(1,1,1,1,1,1),"circular");
    F.pad(z[None],(1,1,1,1),"circular"); F.pad(z,(1,1,1,1),"circular",0.0); F.pad(z,(1,1),"constant",None);
    F.pad(z,(1,1),"foo"); F.pad(z,(1,1,2),"reflect");
    F.pad(t.empty(0,3),(1,1),"reflect"); F.pad(t.empty(0,3,3),(1,1),"reflect"); F.pad(t.empty(2,0),(1,1),"reflect");
    F.pad(t.empty(2,0),(1,1),"replicate");
    F.pad(t.empty(2,0),(1,1),"circular"); F.pad(t.empty(2,3,0),(1,1),"circular");
    F.pad(t.empty(2,0,3),(1,1),"circular"); F.pad(t.empty(2,0,3),(1,1),"replicate");
    F.pad(x.int(),(1,1),"reflect"); F.pad(x.bool(),(1,1),"replicate"); F.pad(x.half(),(1,1),"replicate");
    F.pad(x.bool(),(1,1)); F.pad(x.int(),(1,1),value=1.5);
    F.pad(t.tensor(1.),()); F.pad(x,(1,1.)); F.pad(x,1); F.pad(1,(1,)); F.pad(x,(1,1),value=float("inf"));
    F.pad(y,(0,1,2,-1,1,0),value=-2.); F.pad(z,(-1,2,1,-1),"circular");
    F.pad(z,(-1,2,1,-1),"replicate"); F.pad(x,(1,1),"reflect",1.); F.pad(y,(2,-1,1,1),"reflect")
pixels: t.pixel_shuffle(z,2); t.pixel_shuffle(z,3); t.pixel_shuffle(x,2); t.pixel_shuffle(z,0); t.pixel_shuffle(z,-1);
    F.pixel_shuffle(z.expand(2,4,2,2),2); t.pixel_unshuffle(z,2); t.pixel_unshuffle(z,3);
    t.pixel_unshuffle(x,2); t.pixel_unshuffle(z,0); t.channel_shuffle(z,2); t.channel_shuffle(z,3);
    t.channel_shuffle(z,0); t.channel_shuffle(x,1); F.channel_shuffle(z,4); t.native_channel_shuffle(z,2);
    t.pixel_shuffle(t.empty(0,4,2,2),2); t.pixel_shuffle(z,1.5)
folds: F.unfold(z,2); F.unfold(z,(1,2),dilation=(1,1),padding=(1,0),stride=(2,1)); F.unfold(z[0],(2,1)); F.unfold(z,3);
    F.unfold(z,0); F.unfold(z,2,padding=-1); F.unfold(z,2,2,1); F.unfold(t.empty(0,1,2,2),1);
    F.unfold(t.empty(1,1,0,2),1); F.fold(t.ones(1,4,4),(3,3),2); F.fold(t.ones(4,4),(3,3),(2,2));
    F.fold(t.ones(1,4,3),(3,3),2); F.fold(t.ones(1,3,4),(3,3),2); F.fold(t.ones(1,4,9),(2,2),2,padding=1);
    F.fold(t.ones(2,8,4),(5,5),2,stride=2,dilation=2); F.fold(t.ones(4),(3,3),2); F.fold(t.ones(1,4,4),3,2)
one_hot: F.one_hot(t.tensor([0,2,1])); F.one_hot(t.tensor([[0,2]]),4); F.one_hot(t.tensor([0,2]),2);
    F.one_hot(t.tensor([-1])); F.one_hot(t.tensor([0.])); F.one_hot(t.tensor([0],dtype=t.int32));
    F.one_hot(t.tensor([],dtype=t.int64));
    F.one_hot(t.tensor([],dtype=t.int64),3); F.one_hot(t.tensor(1)); F.one_hot(t.tensor([0]),0);
    F.one_hot(t.tensor([0]),-2); F.one_hot(t.tensor([1]),num_classes=3); F.one_hot([1])
copies: t.alias_copy(x); t.as_strided_copy(x,(2,2),(1,2)); t.detach_copy(x); t.diagonal_copy(x,1);
    t.expand_copy(x,(2,2,3)); t.permute_copy(x,(1,0)); t.select_copy(x,1,0); t.slice_copy(x,1,1); t.split_copy(x,1);
    t.split_with_sizes_copy(x,(1,2),1); t.squeeze_copy(z); t.squeeze_copy(z,0); t.t_copy(x); t.transpose_copy(x,0,1);
    t.unbind_copy(x); t.unfold_copy(x,1,2,1); t.unsqueeze_copy(x,0); t.view_copy(x,(3,2));
    t.view_as_complex_copy(t.ones(3,2));
    t.view_as_real_copy(t.tensor([1j])); t.select_copy(x,5,0)
"""

XS = {
    "x": np.arange(6, dtype=np.float32).reshape(2, 3),
    "y": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "z": np.arange(16, dtype=np.float32).reshape(1, 4, 2, 2),
}


def expressions(table: str) -> list:
    """The expressions of a table, each with its group: groups begin in the first column."""
    found, group = [], ""
    for line in table.strip().splitlines():
        if not line.startswith(" "):
            group, _, line = line.partition(": ")
        # A semicolon ends an expression; none of them holds one.
        found += [(group, text.strip()) for text in line.split(";") if text.strip()]
    return found


def evaluated(library, text: str, x=None):
    """What an expression gives in a library: ("error", type's name) or a description of its value."""
    names = {"t": library, "F": library.nn.functional, "np": np}
    names |= {name: library.from_numpy(value.copy()) for name, value in XS.items()}
    names |= {} if x is None else {"x": x}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return described(library, eval(text, names))
        except Exception as error:
            return "error", type(error).__name__, str(error)


def described(library, value):
    if isinstance(value, library.Tensor):
        plain = value.detach()
        name = str(plain.dtype).split(".")[1]
        plain = plain.resolve_conj()
        plain = plain.to(library.float32) if name == "bfloat16" else plain
        return "tensor", name, tuple(value.shape), value.requires_grad, plain.numpy()
    if isinstance(value, (tuple, list)):
        return ("several", *[described(library, x) for x in value])
    return "value", value


def assert_same(found, wanted, what: str) -> None:
    assert found[0] == wanted[0], f"{what}: {found}\nPyTorch: {wanted}"
    if found[0] == "error":
        assert found[1] == wanted[1], f"{what}: {found[1]}: {found[2]}\nPyTorch: {wanted[1]}: {wanted[2]}"
    elif found[0] == "tensor":
        assert found[1:4] == wanted[1:4], f"{what}: {found[1:4]}\nPyTorch: {wanted[1:4]}"
        rtol = {"float16": 2e-3, "bfloat16": 2e-2}.get(found[1], 2e-6)
        np.testing.assert_allclose(found[4], wanted[4], rtol=rtol, atol=1e-7, err_msg=what)
    elif found[0] == "several":
        assert len(found) == len(wanted), what
        for a, b in zip(found[1:], wanted[1:], strict=True):
            assert_same(a, b, what)
    else:
        assert found[1] == wanted[1], f"{what}: {found[1]}\nPyTorch: {wanted[1]}"


@pytest.mark.parametrize("group, text", expressions(CALLS))
def test_call(group, text):
    assert_same(evaluated(wengert, text), evaluated(torch, text), text)

# ------------------------------------------------------------------------------------------------ memory

MEMORY_CALLS = r"""
storage: len(x.storage()); len(x.untyped_storage()); x.untyped_storage()[4]; x.untyped_storage()[6];
    x.untyped_storage().tolist(); x.storage()[4]; x.storage().tolist();
    str(x.storage().dtype)[-7:]; x[1].storage().tolist(); x[1].untyped_storage().size(); x.storage().size();
    x.untyped_storage().nbytes(); x.storage().nbytes();
    x.untyped_storage().data_ptr()==x.data_ptr(); x.untyped_storage() is x[1].untyped_storage();
    x.untyped_storage().element_size(); str(x.untyped_storage().device);
    x.untyped_storage().is_shared(); (x.untyped_storage().fill_(0), x)[1]; x.untyped_storage().clone().tolist()[:3];
    x.untyped_storage().copy_(t.ones(4).untyped_storage());
    (x.untyped_storage().copy_(t.ones(6).untyped_storage()), x)[1]; (x.storage().fill_(7), x)[1];
    x.storage().element_size(); x.t().storage().tolist(); y.permute(1,0,2).clone().storage().tolist();
    x[:, 1:].storage_offset(); x.t()[1].storage_offset(); x.view(t.int16)[:,2:].storage_offset(); x.storage()[9]
shared: x.is_shared(); x.share_memory_() is x; (x.share_memory_(), x.is_shared(), x)[1:]; x.share_memory_().sum()
stride: x.stride(0); x.stride(-1); x.stride(2); x.stride(dim=1); t.tensor(1).stride(); t.tensor(1).stride(0);
    t.empty(0,3).stride(); t.empty(3,0,2).stride(); x.stride(1.5);
    t.zeros(4,5)[:0].stride(); x.t().stride(); x.expand(2,2,3).stride(); t.empty(2,0).stride()
size: x.size(0); x.size(-3); x.size(dim=1); x.size(1.5); t.tensor(1).size(0); tuple(x.size()); tuple(t.tensor(1).shape)
bytes: x.element_size(); x.itemsize; x.nbytes; x[:,1:].nbytes; x.half().nbytes; x.bool().element_size();
    t.empty(0).nbytes; t.empty(0).data_ptr(); x.data_ptr() == x[0].data_ptr(); x[1].data_ptr() - x.data_ptr()
is_contiguous: x.is_contiguous(); x.t().is_contiguous(); t.zeros(2,3,4,5).is_contiguous(memory_format=t.channels_last);
    t.zeros(2,3,4,5).permute(0,2,3,1).is_contiguous(memory_format=t.channels_last);
    t.zeros(2,4,5,3).permute(0,3,1,2).is_contiguous(memory_format=t.channels_last);
    x.is_contiguous(memory_format=t.channels_last); x.is_contiguous(memory_format=t.preserve_format);
    t.zeros(1,3,1,1).is_contiguous(memory_format=t.channels_last);
    t.zeros(2,1,3,3).is_contiguous(memory_format=t.channels_last); t.empty(0,3).is_contiguous();
    x.is_contiguous(memory_format=1);
    t.zeros(1,2,3,4,5).contiguous(memory_format=t.channels_last_3d).is_contiguous(memory_format=t.channels_last_3d)
contiguous: t.zeros(2,3,4,5).contiguous(memory_format=t.channels_last).stride();
    t.zeros(2,3,4,5).contiguous(memory_format=t.channels_last).is_contiguous();
    x.contiguous(memory_format=t.channels_last);
    x.contiguous(memory_format=t.preserve_format); z.contiguous(memory_format=t.channels_last);
    z.contiguous(memory_format=t.channels_last).stride(); x.contiguous() is x; x.t().contiguous().stride();
    z.contiguous(memory_format=t.channels_last).contiguous().stride()
clone: z.clone(memory_format=t.channels_last).stride(); z.clone(memory_format=t.channels_last_3d).stride();
    z[None].clone(memory_format=t.channels_last_3d).stride(); x.t().clone().stride();
    x.t().clone(memory_format=t.contiguous_format).stride(); x.t().clone(memory_format=t.preserve_format).stride();
    x[:,::2].clone().stride(); y.permute(2,0,1)[::2].clone().stride(); x.clone("a");
    t.clone(x,memory_format=t.contiguous_format).stride(); t.clone(x); x.clone(memory_format=None);
    z.clone(memory_format=t.channels_last); y.permute(1,2,0).clone().stride()
to: z.to(memory_format=t.channels_last).stride(); z.to(t.float64,memory_format=t.channels_last).stride();
    z.double(memory_format=t.channels_last).stride(); x.t().to(t.float64).stride();
    x.t().to(t.float64,memory_format=t.contiguous_format).stride();
    x.to(memory_format=t.channels_last); x.to(t.float32,copy=True).data_ptr() == x.data_ptr(); x.float() is x;
    x.to("cpu") is x; x.to(float); y.permute(1,2,0).half().stride(); z.type_as(z.double()); x.to(y.int());
    x.type(t.int64); x.to(t.float64,copy=True); x.cpu() is x; x.to(dtype=t.int8); x.to(device="cpu",dtype=t.half);
    x.bool(); x.byte()
like: t.empty_like(x.t()).stride(); t.zeros_like(x.t()).stride();
    t.zeros_like(x.t(),memory_format=t.contiguous_format).stride();
    t.zeros_like(z,memory_format=t.channels_last).stride();
    t.zeros_like(x[:,::2]).stride(); t.empty(2,3,4,5,memory_format=t.channels_last).stride();
    t.empty(2,3,memory_format=t.channels_last); t.full_like(y.permute(1,2,0),3.).stride();
    t.ones_like(y.permute(1,2,0)).stride();
    t.zeros_like(x,memory_format=t.channels_last); t.zeros_like(y.permute(1,2,0)[::2]).stride()
resize_: x.resize_(3,2).stride(); t.arange(6.).resize_(2,2); t.arange(6.).resize_(4); t.arange(6.).resize_((2,2));
    t.arange(6.).resize_(-1); t.arange(6.).resize_(1.5); t.arange(6.)[2:].resize_(4);
    t.arange(6.)[2:].resize_(2,2,1,1,memory_format=t.channels_last).stride();
    t.arange(6.).reshape(2,3).t().resize_(2,2); t.arange(6.).reshape(2,3).t().resize_(3,2);
    t.arange(6.,requires_grad=True).resize_(2);
    t.arange(6.).resize_(); t.arange(6.).resize_as_(t.zeros(2,2)); t.resize_as_(t.arange(6.),t.zeros(2,2));
    t.tensor(1.).resize_(2).shape[0]; t.arange(6.).resize_(2,1,3,1,memory_format=t.channels_last);
    t.arange(6.).resize_as_(1); t.arange(6.).resize_(0)
set_: t.tensor([1.]).set_(x); t.tensor([1.]).set_(x.untyped_storage()); t.tensor([1.]).set_(x.storage());
    t.tensor([1.]).set_(x.storage(),1,(2,2),(2,1)); t.tensor([1.]).set_(x.untyped_storage(),1,(2,2));
    t.tensor([1.]).set_(x.untyped_storage(),0,(9,2),(9,9)); t.tensor([1.]).set_(x.untyped_storage(),-1,(2,));
    t.tensor([1]).set_(x); t.tensor([1]).set_(x.untyped_storage()); t.tensor([1.]).set_(); t.tensor([1.]).set_(1);
    t.tensor([1.]).set_(x.t()).stride(); t.tensor([1.]).set_(x.storage(),1,(2,)).storage_offset()
questions: x.is_set_to(x.view(2,3)); x.is_set_to(x.view(6)); x.is_set_to(x.clone()); x.is_set_to(1); x.dim_order();
    z.contiguous(memory_format=t.channels_last).dim_order(); y.permute(1,2,0).dim_order();
    t.is_nonzero(t.tensor(2.)); t.is_nonzero(x); t.is_nonzero(t.tensor([])); t.tensor([0]).is_nonzero();
    t.is_storage(x.storage()); t.is_storage(x.untyped_storage()); t.is_storage(x); x.get_device(); t.get_device(x);
    x.is_pinned(); x.dense_dim(); x.ndimension(); x.nelement(); x.is_same_size(y); t.is_same_size(x,x.clone());
    t.is_same_size(x,1); x.layout == t.strided; t.typename(t.tensor([1]).numpy()); x.is_cuda; x.pin_memory();
    x.is_sparse; x.is_meta; x.is_quantized; x.ndim; x.is_cpu
fill_diagonal_: x.fill_diagonal_(7); t.zeros(7,3).fill_diagonal_(1,wrap=True); t.zeros(7,2).fill_diagonal_(1,True);
    t.zeros(3,3,3).fill_diagonal_(1); t.zeros(3,2,3).fill_diagonal_(1); t.zeros(3).fill_diagonal_(1);
    t.zeros(2,0).fill_diagonal_(1); x.t().fill_diagonal_(5); t.zeros(4,3).fill_diagonal_(1,True);
    t.zeros(3,7).fill_diagonal_(1,True)
forms: t.arange(4.).as_strided_((2,),(2,),1); x.squeeze_(); x.t_(); x.swapaxes_(0,1); t.ones(1,2).squeeze_(0);
    x.unsqueeze_(1); x.transpose_(0,1)
names: repr(t.channels_last).split(".")[1]; repr(t.contiguous_format).split(".")[1]; repr(t.strided).split(".")[1];
    type(t.channels_last) is t.memory_format; type(x.layout) is t.layout; repr(t.preserve_format).split(".")[1]
"""


@pytest.mark.parametrize("group, text", expressions(MEMORY_CALLS))
def test_memory(group, text):
    assert_same(evaluated(wengert, text), evaluated(torch, text), text)


# ------------------------------------------------------------------------------------------------ creation

CREATION_CALLS = r"""
zeros: t.zeros(2,3); t.zeros((2,3)); t.zeros([2]); t.zeros(()); t.zeros(2,dtype=t.int64); t.zeros(-1); t.zeros(2.5);
    t.zeros("a"); t.zeros(size=(2,3)); t.zeros(2,device="cpu"); t.zeros(2,device="foo");
    t.zeros(2,dtype=t.float64,requires_grad=True);
    t.zeros(2,dtype=t.int64,requires_grad=True); t.zeros(2,layout=t.strided); t.zeros(2,layout="strided");
    t.zeros(2,out=t.ones(2)); t.zeros(2,3,out=t.empty(0)); t.zeros(2,out=t.ones(2,dtype=t.int64));
    t.zeros(2,out=t.ones(2),dtype=t.int64); t.zeros(2,dtype=3);
    t.zeros(2,dtype=float); t.zeros(2,dtype=int); t.zeros(2,dtype=complex); t.zeros(2,dtype=bool);
    t.zeros(t.tensor(2),3); t.zeros(0); t.zeros(True); t.zeros(2,foo=1); t.zeros(t.Size([2]));
    t.zeros(2,pin_memory=False); t.zeros(2,dtype=t.complex64); t.zeros(2,dtype=t.half); t.zeros(); t.zeros(2,out=3)
ones: t.ones(2,3); t.ones((1,),dtype=t.bool); t.ones(2,dtype=t.complex128); t.ones(2,2,dtype=t.uint8);
    t.ones(2,requires_grad=1); t.ones(3,names=None)
empty: t.empty(2,3).shape[1]; t.empty(0,2); t.empty(2,dtype=t.int8).dtype == t.int8; t.empty(-2);
    t.empty((2,),requires_grad=True).requires_grad
full: t.full((2,3),1.5); t.full((2,),1); t.full((2,),True); t.full((2,),1j); t.full((2,),1.5,dtype=t.int64);
    t.full(2,1.); t.full((),3); t.full((2,),t.tensor(2.)); t.full((2,),"a"); t.full((2,),float("nan"));
    t.full((2,),1,dtype=t.float64); t.full((2,),float("nan"),dtype=t.int64).dtype == t.int64;
    t.full((2,),2,out=t.empty(0)); t.full((-1,),2); t.full((2,),300,dtype=t.uint8); t.full((2,),1j,dtype=t.float32);
    t.full(size=(2,),fill_value=2.); t.full((2,),t.tensor([1.,2.])); t.full((2,),1,requires_grad=True);
    t.full((2,),1.,requires_grad=True); t.full([2,2],7); t.full((2,))
like: t.zeros_like(x); t.ones_like(x,dtype=t.int64); t.full_like(x,2); t.full_like(x.int(),2.5);
    t.empty_like(x).shape[0]; t.zeros_like(x,requires_grad=True); t.zeros_like(x.int(),requires_grad=True);
    t.zeros_like(1); t.full_like(x,True); t.full_like(x.bool(),2); t.zeros_like(x,device="cpu",layout=t.strided);
    t.full_like(x,t.tensor(3.)); t.full_like(x,1j); t.full_like(x,fill_value=2,dtype=t.half); t.ones_like(t.tensor(1));
    t.ones_like(t.empty(0,2)); t.zeros_like(x,out=x)
new: x.new_zeros(2,3); x.new_zeros((2,)); x.new_ones(2,dtype=t.int64); x.new_empty((2,2)).shape[0]; x.new_full((2,),3);
    x.new_full((2,),3,dtype=t.int64); x.new_tensor([1,2]); x.new_tensor(1.5); x.int().new_tensor([1.5]);
    x.new_tensor(x); x.new_zeros(-1); x.new_zeros(2,requires_grad=True); x.new_full(2,1.);
    x.new_full((2,),1.,requires_grad=True); x.new_empty_strided((2,3),(1,2)).stride(); x.new(2,3).shape[1];
    x.new([1,2]); x.new().shape[0]; x.new_zeros(2,pin_memory=False,layout=t.strided); x.int().new_full((1,),2.7);
    x.new_tensor([1,2],dtype=t.int64,requires_grad=False); x.new_tensor("a");
    x.new_full((2,),3,device="cpu",pin_memory=False)
eye: t.eye(2); t.eye(2,3); t.eye(0); t.eye(-1); t.eye(2,-1); t.eye(2,dtype=t.int64); t.eye(2,dtype=t.bool); t.eye(2.5);
    t.eye(2,out=t.empty(0)); t.eye(n=2,m=1); t.eye(2,requires_grad=True); t.eye(2,dtype=t.complex64); t.eye(2,None);
    t.eye(True)
arange: t.arange(5); t.arange(5.); t.arange(1,5); t.arange(1,5,2); t.arange(5,1,-2); t.arange(1,2.5,0.5); t.arange(5,1);
    t.arange(1,5,-1); t.arange(1,5,0); t.arange(0); t.arange(start=1,end=3); t.arange(end=3);
    t.arange(5,dtype=t.float16); t.arange(5,dtype=t.uint8); t.arange(5,dtype=t.complex64); t.arange(2,dtype=t.bool);
    t.arange(float("nan")); t.arange(float("inf")); t.arange(t.tensor(3)); t.arange(t.tensor(1.),t.tensor(3.));
    t.arange("a"); t.arange(3,out=t.empty(0)); t.arange(3,out=t.empty(0,dtype=t.int64)); t.arange(3,requires_grad=True);
    t.arange(3.,requires_grad=True); t.arange(); t.arange(1,2,3,4); t.arange(0.1,1,0.1); t.arange(-3,3);
    t.arange(1,5,step=2); t.arange(0,1,0.3,dtype=t.float64); t.arange(3,device="cpu"); t.arange(1.5,dtype=t.int64);
    t.arange(True); t.arange(0,-3,-1); t.arange(1j); t.arange(0.5,3.5,dtype=t.int64); t.arange(3,dtype=float)
range: t.range(1,4); t.range(1,4,0.5); t.range(0,1,dtype=t.int64); t.range(4,1); t.range(4,1,-1); t.range(0,1,0);
    t.range(3); t.range(1,4,2); t.range(0,0)
linspace: t.linspace(0,1,5); t.linspace(0,10,5,dtype=t.int64); t.linspace(1,0,3); t.linspace(0,1,1); t.linspace(0,1,0);
    t.linspace(0,1,-1); t.linspace(0,1j,3); t.linspace(0,1,3,dtype=t.float64); t.linspace(t.tensor(0.),1,3);
    t.linspace(t.tensor(0.),t.tensor(1.),3); t.linspace(t.tensor([0.,1.]),1,3); t.linspace(0,1,2.5);
    t.linspace(0,1); t.linspace(0,1,steps=3,out=t.empty(0)); t.linspace(0,1,3,requires_grad=True);
    t.linspace(-3,3,7,dtype=t.int32); t.linspace(0,1j,3,dtype=t.float32); t.linspace(0,1,3,dtype=t.complex64);
    t.linspace(start=0,end=1,steps=4); t.linspace(0,7,4,dtype=t.uint8); t.linspace("a",1,3);
    t.linspace(0,1,3,dtype=t.bool); t.linspace(3,3,3); t.linspace(0,1,None);
    t.linspace(0,5,11,dtype=t.int64); t.linspace(5,-5,4,dtype=t.int16)
logspace: t.logspace(0,2,3); t.logspace(0,2,3,base=2); t.logspace(0,2,1); t.logspace(0,2,0); t.logspace(0,2,-1);
    t.logspace(0,2,3,dtype=t.int64); t.logspace(0,1,3,base=-2.); t.logspace(0,2,3,2);
    t.logspace(start=0,end=1,steps=2,dtype=t.float64); t.logspace(0,2,5,0); t.logspace(t.tensor(0.),2,3);
    t.logspace(0,3,4,base=2,dtype=t.int32); t.logspace(0,1j,3)
strided: t.empty_strided((2,3),(1,2)).stride(); t.empty_strided((2,3),(4,1)).stride(); t.empty_strided((2,),(1,2));
    t.empty_strided((-2,),(1,)); t.empty_strided((2,),(-1,)); t.empty_strided((2,3),(0,1)).stride();
    t.empty_strided((2,0),(1,1)).shape[1]; t.empty_permuted((2,3,5,7),(0,2,3,1)).stride();
    t.empty_permuted((2,3),(0,0)); t.empty_permuted((2,3),(0,)); t.empty_permuted((2,3),(1,0)).stride();
    t.empty_permuted((2,3),(0,5));
    t.empty_strided((2,2),(2,1),dtype=t.int64,requires_grad=True);
    t.empty_strided((2,2),(2,1),dtype=t.float64).dtype == t.float64
scalar_tensor: t.scalar_tensor(3); t.scalar_tensor(1.5); t.scalar_tensor(True); t.scalar_tensor(3,dtype=t.int64);
    t.scalar_tensor(1j); t.scalar_tensor("a"); t.scalar_tensor([1]); t.scalar_tensor(1.5,requires_grad=True)
tensor: t.tensor(1); t.tensor([1.,2]); t.tensor([[1,2],[3,4]]); t.tensor(True); t.tensor([]); t.tensor([[]]);
    t.tensor(1j); t.tensor([1,2.5]); t.tensor([True,2]); t.tensor([1,1j]); t.tensor("a"); t.tensor(["a"]);
    t.tensor([[1],[1,2]]); t.tensor(None); t.tensor([None]); t.tensor(np.arange(3)); t.tensor(np.float64(2));
    t.tensor([np.float64(2)]); t.tensor(np.array("a")); t.tensor([1,2],dtype=t.float16);
    t.tensor([1.5],dtype=t.int64); t.tensor([1,2],requires_grad=True); t.tensor([1.],requires_grad=True);
    t.tensor([x[0],x[1]]); t.tensor([t.tensor(1.),t.tensor(2.)]); t.tensor([t.tensor(1),2.5]); t.tensor(2**40);
    t.tensor(2**64); t.tensor([2**63]); t.tensor(300,dtype=t.uint8); t.tensor(-1,dtype=t.uint8);
    t.tensor(1,device="cpu"); t.tensor(range(3)); t.tensor({1}); t.tensor({}); t.tensor((1,(2))); t.tensor([[1,2],3]);
    t.tensor([np.arange(2),np.arange(2)]); t.tensor(1e400); t.tensor([1,2],dtype=float); t.tensor(data=[1]); t.tensor();
    t.tensor([1],foo=2); t.tensor(object()); t.tensor(np.arange(3,dtype=np.float32),dtype=t.int64);
    t.tensor(np.uint16(3)); t.tensor(1.5,dtype=t.bool); t.tensor([1j],dtype=t.float32);
    t.tensor([[1.,2.]],dtype=t.complex64)
as_tensor: t.as_tensor([1,2]); t.as_tensor(x) is x; t.as_tensor(x,dtype=t.float64); t.as_tensor(np.arange(3));
    t.as_tensor(np.arange(3),dtype=t.float32); t.as_tensor(1.5); t.as_tensor("a"); t.as_tensor([x[0]]);
    t.as_tensor(np.ones(2)[::-1]); t.as_tensor(x,device="cpu");
    t.as_tensor([1.],dtype=t.float64,device=t.device("cpu"))
asarray: t.asarray([1,2]); t.asarray(x).data_ptr() == x.data_ptr(); t.asarray(x,copy=True).data_ptr() == x.data_ptr();
    t.asarray(x,dtype=t.float64); t.asarray(x,dtype=t.float64,copy=False); t.asarray([1],copy=False);
    t.asarray(np.arange(3)); t.asarray(np.arange(3),copy=True); t.asarray(1.5); t.asarray(np.float32(1.5));
    t.asarray("a"); t.asarray(x,requires_grad=True);
    t.asarray(x.requires_grad_()); t.asarray(x.requires_grad_(),requires_grad=True); t.asarray(x.requires_grad_() * 2);
    t.asarray(x.requires_grad_(),requires_grad=False); t.asarray(x.requires_grad_() * 2,requires_grad=True).is_leaf;
    t.asarray([1],requires_grad=True); t.asarray([1.],requires_grad=True); t.asarray(bytearray(b"abcd"),dtype=t.uint8);
    t.asarray(np.arange(3),dtype=t.int64,copy=False); t.asarray(None); t.asarray([x[0],x[1]]);
    t.asarray(np.arange(3),dtype=t.float32); t.asarray([[1,2],[3,4]],dtype=t.half); t.asarray(x,device="cpu");
    t.asarray((1,2.)); t.asarray(bytearray(b"abcdefgh"))
from_numpy: t.from_numpy(np.arange(3)); t.from_numpy([1]); t.from_numpy(np.array(["a"]));
    t.from_numpy(np.ones(3)[::-1]); t.from_numpy(np.float32(1)); t.from_numpy(np.array(1.5));
    t.from_numpy(np.ones((2,3)).T).stride(); t.from_numpy(np.ones(2,dtype=">f4"));
    t.from_numpy(np.ones(2,dtype=np.float16)); t.from_numpy(np.ones(2,dtype=object));
    t.from_numpy(np.arange(3)).numpy().sum(); t.from_numpy(np.ones(2,dtype="M8[s]"))
frombuffer: t.frombuffer(bytearray(b"abcd"),dtype=t.uint8); t.frombuffer(bytearray(b"abcd"),dtype=t.int16);
    t.frombuffer(bytearray(b"abcd"),dtype=t.int32,offset=1); t.frombuffer(bytearray(b"abcd"),dtype=t.uint8,count=2);
    t.frombuffer(bytearray(b"abcd"),dtype=t.uint8,count=5); t.frombuffer(bytearray(b""),dtype=t.uint8);
    t.frombuffer(bytearray(b"abcd"),dtype=t.uint8,count=0); t.frombuffer(bytearray(b"abcd"),dtype=t.uint8,offset=4);
    t.frombuffer(bytearray(b"abcd"),dtype=t.uint8,offset=-1);
    t.frombuffer(bytearray(b"abcde"),dtype=t.int16); t.frombuffer(3,dtype=t.uint8); t.frombuffer(bytearray(b"abcd"));
    t.frombuffer(b"abcd",dtype=t.uint8); t.frombuffer(bytearray(8),dtype=t.float32,requires_grad=True);
    t.frombuffer(bytearray(b"abcd"),dtype=t.uint8,count=2,offset=1);
    t.frombuffer(bytearray(b"abcd"),dtype=t.uint8,count=-2); t.frombuffer(np.arange(3),dtype=t.int64);
    t.frombuffer(bytearray(8),dtype=t.int32,requires_grad=True)
windows: t.bartlett_window(5); t.bartlett_window(5,False); t.bartlett_window(0); t.bartlett_window(1);
    t.bartlett_window(2); t.hann_window(6); t.hann_window(6,periodic=False); t.hann_window(1); t.hann_window(0);
    t.hann_window(-1); t.hann_window(4,dtype=t.float64); t.hann_window(4,dtype=t.int64); t.hann_window(2.5);
    t.hamming_window(5); t.hamming_window(5,False,0.5,0.4); t.hamming_window(5,periodic=True,alpha=0.6);
    t.blackman_window(6); t.blackman_window(6,False); t.blackman_window(1); t.kaiser_window(6);
    t.kaiser_window(6,False); t.kaiser_window(6,True,5.0); t.kaiser_window(1); t.kaiser_window(0);
    t.kaiser_window(6,periodic=False,beta=3.); t.blackman_window(-1); t.bartlett_window(5,dtype=t.complex64);
    t.hann_window(3,requires_grad=True); t.hann_window(3,layout=t.strided,device="cpu",pin_memory=False);
    t.hamming_window(5,dtype=t.float16).dtype == t.float16
complex: t.complex(x[0],x[1]); t.complex(x,x.double()); t.complex(x.int(),x.int()); t.complex(x,1.); t.polar(x[0],x[1]);
    t.complex(x,x[0]); t.complex(real=x,imag=x)
"""


@pytest.mark.parametrize("group, text", expressions(CREATION_CALLS))
def test_creation(group, text):
    assert_same(evaluated(wengert, text), evaluated(torch, text), text)


# ------------------------------------------------------------------------------------------------ dtypes and layouts

DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64",
    "complex128", "uint16", "uint32", "uint64",
)  # fmt: skip
# Operands that hold 0 to 5 or so, each made from an array: contiguous, transposed, with gaps, broadcast, empty, scalar.
OPERANDS = {
    "plain": lambda t, x: x,
    "transposed": lambda t, x: x.transpose(1, 2),
    "gaps": lambda t, x: x[:, ::2, 1:],
    "broadcast": lambda t, x: x[:1].expand(2, 3, 4),
    "empty": lambda t, x: x[:, :0],
    "scalar": lambda t, x: x[0, 0, 1],
    "vector": lambda t, x: x[0, :, 1],
    "matrix": lambda t, x: x[1],
}
ANY_TYPE = r"""
order: t.roll(x,1); t.roll(x,(1,-1),(0,-1)); t.rot90(x); t.rot90(x,-1,(0,-1)); t.flip(x,(0,)); t.fliplr(x); t.flipud(x);
    t.repeat_interleave(x,2); t.repeat_interleave(x,t.tensor([2]),0); x.unfold(-1,2,2); x.unfold(0,1,1)
joins: t.hstack((x,x)); t.vstack((x,x)); t.dstack((x,x)); t.column_stack((x,x)); t.cat((x,x),-1); t.stack((x,x),1);
    t.block_diag(x,x); t.meshgrid(x,x,indexing="xy"); t.cartesian_prod(x,x); t.combinations(x); t.atleast_1d(x);
    t.atleast_2d(x); t.atleast_3d(x); t.broadcast_tensors(x,x[:1]);
    t.cat((x,t.ones(x.shape)),0); t.stack((x,t.ones(x.shape,dtype=t.int16))); t.hstack((t.ones(x.shape,dtype=t.bool),x))
splits: t.tensor_split(x,2); t.tensor_split(x,(1,2),-1); t.hsplit(x,2); t.hsplit(x,(1,)); t.vsplit(x,2); t.dsplit(x,2);
    t.split(x,2,-1); t.chunk(x,2); t.unbind(x); t.unsafe_chunk(x,2)
diagonals: t.diagflat(x); t.diag_embed(x); t.diagonal(x,1); t.diag(x); t.tril(x); t.triu(x,1);
    t.diagonal_scatter(x,t.ones(t.diagonal(x).shape,dtype=t.int64));
    t.select_scatter(x,t.zeros(x.select(0,0).shape),0,0); t.slice_scatter(x,t.ones(x[:1].shape),0,0,1); t.vander(x);
    t.linalg.vander(x)
shapes: x.moveaxis(0,-1); x.squeeze(); x.unsqueeze(-1); x.flatten(); x.unflatten(0,(1,-1)); x.reshape(-1); x.view(-1);
    x.repeat(2,1,2); x.tile(2); x.movedim((0,1),(1,0)); x.expand(2,*x.shape); x.T; x.mT; x.narrow(0,0,1);
    x.permute(*range(x.ndim)[::-1]); t.ravel(x); x.swapaxes(0,-1); x.contiguous();
    x.clone().stride() if x.numel() else 0; x.clone()
padding: F.pad(x,(1,2)); F.pad(x,(1,0,-1,1),value=2); F.pad(x,(1,1),"reflect"); F.pad(x,(1,1),"replicate");
    F.pad(x,(2,1),"circular"); F.pad(x,(1,0,0,1),"circular"); F.pad(x,(1,0,1,1),"reflect");
    F.pad(x,(0,1,1,0),"replicate"); t.constant_pad_nd(x,(1,1),1.5); F.pad(x,(1,1),value=True)
pixels: t.pixel_unshuffle(x,1); t.pixel_shuffle(x.reshape(4,2,-1),2); t.channel_shuffle(x,1); F.unfold(x,(1,2));
    F.fold(x.reshape(2,-1),(1,13),(1,2)); F.fold(x[0],(1,5),(1,3))
views: x.view(t.int8); x.view(t.float64); x.view(t.complex64); x.view(t.int16).shape; x.storage().tolist();
    x.untyped_storage().nbytes(); x.stride(); x.storage_offset(); x.is_contiguous(); x.nbytes; x.dim_order();
    x.element_size(); t.as_strided(x,(2,),(1,)); t.alias_copy(x); t.is_nonzero(x)
like: t.zeros_like(x); t.ones_like(x); t.full_like(x,3); t.full_like(x,1.5);
    t.zeros_like(x).stride() if x.numel() else 0; x.new_zeros(2); x.new_full((2,),1); x.new_tensor([1,0]);
    t.empty_like(x).stride() if x.numel() else 0; t.asarray(x); t.tensor(x.tolist()); x.fill_diagonal_(1);
    x.resize_(2,2).shape; x.tolist()
creation: t.zeros(2,dtype=x.dtype); t.ones(2,dtype=x.dtype); t.full((2,),1,dtype=x.dtype); t.eye(2,3,dtype=x.dtype);
    t.arange(4,dtype=x.dtype); t.linspace(0,4,5,dtype=x.dtype); t.logspace(0,1,2,dtype=x.dtype);
    t.tensor([1,0,1],dtype=x.dtype); t.scalar_tensor(1,dtype=x.dtype); t.range(0,3,dtype=x.dtype);
    t.tensor(x[:1] if x.ndim else x); t.hann_window(4,dtype=x.dtype).dtype == x.dtype;
    t.frombuffer(bytearray(16),dtype=x.dtype); t.empty(2,dtype=x.dtype,requires_grad=True).shape;
    t.tril_indices(2,2,dtype=x.dtype)
"""


def operand(library, dtype: str, layout: str):
    values = np.arange(24).reshape(2, 3, 4) % 5
    return OPERANDS[layout](library, library.from_numpy(values).to(getattr(library, dtype)))


@pytest.mark.parametrize("layout", OPERANDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_types_and_layouts(dtype, layout):
    wrong = []
    for _, text in expressions(ANY_TYPE):
        found, wanted = [evaluated(library, text, operand(library, dtype, layout)) for library in (wengert, torch)]
        if wanted[0] == "error" and ("not implemented" in wanted[2] or "Promotion for uint16" in wanted[2]):
            continue  # what PyTorch does not have for the type
        try:
            assert_same(found, wanted, text)
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, "\n".join(wrong)
